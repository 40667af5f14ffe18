import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from 'react';
import { putOn, type Outcome } from '../attempt.js';
import { type Board } from '../board.js';
import { entriesOfCard, type Entry } from '../board-state.js';
import { arrange, EVERYTHING, mayBeMeant, type Filter, type Order } from '../domain/arrange.js';
import { type Theme } from '../domain/saved.js';
import { nameOf, type Watch } from '../domain/watch.js';
import { type Language } from '../i18n/languages.js';
import { type Link } from '../transport/link.js';
import { type Sandbox } from '../sandbox.js';
import { Add } from './add.js';
import { Announcer, type Announce } from './announcer.js';
import { Counts } from './counts.js';
import { Hosts } from './entries.js';
import { Header } from './header.js';
import { OperationList } from './operation-list.js';
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
  const pending = state.entries.filter(({ watch, ids }) => watch.kind === 'operation' && ids.size === 0);
  const all = operations.length + pending.length;
  const pendingShown = pending.filter(({ watch }) => mayBeMeant(nameOf(watch), filter));
  const hosts = state.entries.filter(({ watch }) => watch.kind === 'host');
  const ended = state.entries.filter(({ status }) => status === 'ended');

  const add = (watch: Watch): Promise<Outcome> => putOn(board, watch);
  const list = useRef<HTMLElement>(null);
  /** After a button that is gone with what it did: keys go on from here, and who does not see it hears of it. */
  const goOn = useCallback(
    (said: string): void => {
      list.current?.focus({ preventScroll: true });
      announce(said);
    },
    [announce],
  );
  const retry = useCallback(
    ({ key, watch }: Entry): void => {
      board.retry(key);
      goOn(text.news.retried(nameOf(watch)));
    },
    [board, goOn, text],
  );
  const remove = useCallback(
    (entry: Entry): void => {
      const { watch, ids } = entry;
      const [id = ''] = ids;
      const operation = board.state().operations.get(id);
      for (const { key } of entriesOfCard(board.state(), entry)) board.remove(key);
      if (watch.kind === 'host' || operation === undefined) {
        goOn(text.news.removed(nameOf(watch)));
        return;
      }
      const name = nameOfType(operation, text);
      goOn(board.state().operations.has(id) ? text.news.kept(name) : text.news.removed(name));
    },
    [board, goOn, text],
  );

  const clearEnded = (): void => {
    for (const { key } of ended) board.remove(key);
    goOn(text.news.endedRemoved(words.format.number(ended.length)));
  };

  return (
    <WordsProvider value={words}>
      <a className="skip" href="#operations">
        {text.skipToOperations}
      </a>
      <Header
        {...props}
        state={state}
        onHurry={() => {
          link.hurry();
          announce(text.connection.connecting);
        }}
        onToken={(token) => {
          if (link.setToken(token)) {
            board.forget();
            announce('');
          } else board.retryAll();
        }}
      />
      <main>
        <div className="begin">
          <Add onAdd={add} />
          {sandbox !== null && (
            <SandboxPanel sandbox={sandbox} onStarted={(location) => add({ kind: 'operation', ref: { location } })} />
          )}
        </div>
        {!props.isSaved && (
          <p className="hint" role="status">
            {text.list.notSaved}
          </p>
        )}
        <Hosts entries={hosts} onRemove={remove} onRetry={retry} />
        <section ref={list} id="operations" className="list" aria-labelledby="operations-heading" tabIndex={-1}>
          <h2 id="operations-heading">{text.list.heading}</h2>
          <Counts
            operations={operations}
            pending={pending.length}
            chosen={filter.states}
            onChoose={(states) => setFilter({ ...filter, states })}
          />
          {all > 0 && (
            <Toolbar
              operations={operations}
              shown={shown.length + pendingShown.length}
              all={all}
              filter={filter}
              order={order}
              onFilter={setFilter}
              onOrder={setOrder}
              onClear={() => {
                setFilter(EVERYTHING);
                goOn(text.news.unfiltered(words.format.number(all)));
              }}
              onClearEnded={ended.length === 0 ? null : clearEnded}
            />
          )}
          {state.entries.length === 0 && (
            <div className="empty">
              <p className="empty-title">{text.list.emptyTitle}</p>
              <p>{text.list.empty}</p>
              {sandbox !== null && <p>{text.list.emptySandbox}</p>}
            </div>
          )}
          {all > 0 && shown.length + pendingShown.length === 0 && <p className="empty">{text.list.noMatch}</p>}
          <OperationList state={state} pending={pendingShown} operations={shown} onRemove={remove} onRetry={retry} />
        </section>
      </main>
      <Announcer announce={announce} />
    </WordsProvider>
  );
}
