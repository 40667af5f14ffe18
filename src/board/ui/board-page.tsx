import { useEffect, useMemo, useState, useSyncExternalStore, type ReactNode } from 'react';
import { type Board } from '../board.js';
import { type Entry } from '../board-state.js';
import { arrange, EVERYTHING, type Filter, type Order } from '../domain/arrange.js';
import { type Theme } from '../domain/saved.js';
import { keyOf, nameOf, type Watch } from '../domain/watch.js';
import { type Language } from '../i18n/languages.js';
import { type Link } from '../transport/link.js';
import { type Problem } from '../transport/problem.js';
import { type Sandbox } from '../sandbox.js';
import { Add } from './add.js';
import { Announcer, type Announce } from './announcer.js';
import { Card } from './card.js';
import { Counts } from './counts.js';
import { Hosts, PendingCard, Why } from './entries.js';
import { Header } from './header.js';
import { SandboxPanel } from './sandbox-panel.js';
import { Toolbar } from './toolbar.js';
import { nameOfType, wordsIn, WordsProvider } from './words.js';

export interface BoardPageProps {
  readonly board: Board;
  readonly link: Link;
  readonly sandbox: Sandbox | null;
  readonly announce: Announce;
  readonly language: Language;
  readonly theme: Theme;
  readonly notifies: boolean;
  readonly isDenied: boolean;
  readonly isSaved: boolean;
  readonly onTheme: (theme: Theme) => void;
  readonly onLanguage: (tag: string) => void;
  readonly onNotify: (notifies: boolean) => void;
}

/** The whole page. */
export function BoardPage(props: BoardPageProps): ReactNode {
  const { board, link, sandbox, announce, language } = props;
  const state = useSyncExternalStore(board.listen, board.state);
  const [filter, setFilter] = useState<Filter>(EVERYTHING);
  const [order, setOrder] = useState<Order>('newest');
  const words = useMemo(() => wordsIn(language), [language]);
  const { text } = words;
  useEffect(() => {
    document.documentElement.lang = language.tag;
    document.title = text.title;
  }, [language, text]);

  const operations = useMemo(() => [...state.operations.values()], [state.operations]);
  const shown = useMemo(
    () =>
      arrange(operations, filter, order, (operation) =>
        [nameOfType(operation, text), text.states[operation.state]].join('\n'),
      ),
    [operations, filter, order, text],
  );
  const singles = state.entries.filter(({ watch }) => watch.kind === 'operation');
  const hosts = state.entries.filter(({ watch }) => watch.kind === 'host');
  const pending = singles.filter(({ ids }) => ids.size === 0);
  const ended = singles.filter(({ status }) => status === 'ended');

  const add = (watch: Watch): Promise<Problem | 'known' | null> => {
    if (board.state().entries.some(({ key }) => key === keyOf(watch))) return Promise.resolve('known');
    return board.add(watch);
  };
  const retry = (key: string): void => board.retry(key);
  const remove = ({ key, watch, ids }: Entry): void => {
    const [id = ''] = ids;
    const operation = state.operations.get(id);
    board.remove(key);
    const isOne = watch.kind === 'operation' && operation !== undefined;
    announce(text.news.removed(isOne ? nameOfType(operation, text) : nameOf(watch)));
  };

  return (
    <WordsProvider value={words}>
      <a className="skip" href="#operations">
        {text.skipToOperations}
      </a>
      <Header
        {...props}
        state={state}
        onHurry={() => link.hurry()}
        onToken={(token) => {
          link.setToken(token);
          board.retryAll();
        }}
      />
      <main>
        <div className="begin">
          <Add onAdd={add} />
          {sandbox !== null && (
            <SandboxPanel
              sandbox={sandbox}
              onStarted={(location) => void add({ kind: 'operation', ref: { location } })}
            />
          )}
        </div>
        {!props.isSaved && (
          <p className="hint" role="status">
            {text.list.notSaved}
          </p>
        )}
        <Hosts entries={hosts} onRemove={remove} onRetry={retry} />
        <section id="operations" className="list" aria-labelledby="operations-heading" tabIndex={-1}>
          <h2 id="operations-heading">{text.list.heading}</h2>
          <Counts
            operations={operations}
            chosen={filter.states}
            onChoose={(states) => setFilter({ ...filter, states })}
          />
          {operations.length > 0 && (
            <Toolbar
              operations={operations}
              shown={shown.length}
              filter={filter}
              order={order}
              onFilter={setFilter}
              onOrder={setOrder}
              onClearEnded={ended.length === 0 ? null : () => ended.forEach(({ key }) => board.remove(key))}
            />
          )}
          {state.entries.length === 0 && (
            <div className="empty">
              <p className="empty-title">{text.list.emptyTitle}</p>
              <p>{text.list.empty}</p>
            </div>
          )}
          {operations.length > 0 && shown.length === 0 && <p className="empty">{text.list.noMatch}</p>}
          <ul className="cards">
            {pending.map((entry) => (
              <li key={entry.key}>
                <PendingCard entry={entry} onRemove={remove} onRetry={retry} />
              </li>
            ))}
            {shown.map((operation) => {
              const entry = singles.find(({ ids }) => ids.has(operation.id));
              return (
                <li key={operation.id}>
                  <Card
                    operation={operation}
                    state={state}
                    onRemove={entry === undefined ? null : () => remove(entry)}
                  />
                  {entry !== undefined && entry.problem !== null && (
                    <p className="card-problem" role="status">
                      <Why entry={entry} />{' '}
                      {entry.status === 'failed' && (
                        <button type="button" onClick={() => board.retry(entry.key)}>
                          {text.card.retry}
                        </button>
                      )}
                    </p>
                  )}
                </li>
              );
            })}
          </ul>
        </section>
      </main>
      <Announcer announce={announce} />
    </WordsProvider>
  );
}
