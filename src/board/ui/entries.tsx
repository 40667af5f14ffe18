import { type ReactNode } from 'react';
import { type Entry } from '../board-state.js';
import { nameOf } from '../domain/watch.js';
import { meaningOf, useWords } from './words.js';

interface EntriesProps {
  readonly entries: readonly Entry[];
  readonly onRemove: (entry: Entry) => void;
  readonly onRetry: (entry: Entry) => void;
}

/** The teams and chats that are watched as a whole. */
export function Hosts({ entries, onRemove, onRetry }: EntriesProps): ReactNode {
  const { text, format } = useWords();
  if (entries.length === 0) return null;
  return (
    <section className="hosts" aria-labelledby="hosts-heading">
      <h2 id="hosts-heading">{text.list.hosts}</h2>
      <ul>
        {entries.map((entry) => (
          <li key={entry.key} className={entry.problem === null ? 'host' : 'host host-failed'}>
            <span className="id">{nameOf(entry.watch)}</span>
            <span className="host-count">
              {entry.problem === null ? format.count(text.list.operations, entry.ids.size) : <Why entry={entry} />}
            </span>
            <EntryButtons entry={entry} onRemove={onRemove} onRetry={onRetry} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** An operation of which nothing is known yet, or nothing more can be. */
export function PendingCard({
  entry,
  onRemove,
  onRetry,
}: { readonly entry: Entry } & Omit<EntriesProps, 'entries'>): ReactNode {
  const { text } = useWords();
  return (
    <article className={entry.status === 'failed' ? 'card card-pending card-refused' : 'card card-pending'}>
      <p className="id">{nameOf(entry.watch)}</p>
      <p>{entry.problem === null ? text.card.waiting : <Why entry={entry} />}</p>
      <div className="card-actions">
        <EntryButtons entry={entry} onRemove={onRemove} onRetry={onRetry} />
      </div>
    </article>
  );
}

/** Why a stream has failed, in the reader's words and in the gateway's. */
export function Why({ entry: { problem } }: { readonly entry: Entry }): ReactNode {
  const { text } = useWords();
  if (problem === null) return null;
  return (
    <span className="why">
      <strong>{meaningOf(problem.code, text)}</strong> {problem.message}
    </span>
  );
}

function EntryButtons({
  entry,
  onRemove,
  onRetry,
}: { readonly entry: Entry } & Omit<EntriesProps, 'entries'>): ReactNode {
  const { text } = useWords();
  return (
    <>
      {entry.status === 'failed' && (
        <button type="button" onClick={() => onRetry(entry)}>
          {text.card.retry}
        </button>
      )}
      <button
        type="button"
        className="quiet icon"
        aria-label={text.card.remove(nameOf(entry.watch))}
        title={text.card.removeShort}
        onClick={() => onRemove(entry)}
      >
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
          <path d="m4 4 8 8m0-8-8 8" className="line" />
        </svg>
      </button>
    </>
  );
}
