import { useRef, type ReactNode } from 'react';
import { type Connection } from '../transport/connection.js';
import { useNow } from './time.js';
import { useWords, type Words } from './words.js';

interface ConnectionStatusProps {
  readonly connection: Connection;
  readonly onHurry: () => void;
}

/** How the websocket stands; the seconds are not announced, only that it is lost and that it is back. */
export function ConnectionStatus({ connection, onHurry }: ConnectionStatusProps): ReactNode {
  const words = useWords();
  const now = useNow();
  const status = useRef<HTMLDivElement>(null);
  return (
    <div ref={status} className={`connection connection-${connection.kind}`} tabIndex={-1}>
      <span className="dot" aria-hidden="true" />
      <span className="visually-hidden">{words.text.connection.label}: </span>
      <span>{connectionText(connection, now, words)}</span>
      {connection.kind === 'waiting' && (
        <button
          type="button"
          className="quiet"
          onClick={() => {
            status.current?.focus({ preventScroll: true }); // the button goes, and keys go on from here
            onHurry();
          }}
        >
          {words.text.connection.now}
        </button>
      )}
    </div>
  );
}

function connectionText(connection: Connection, now: number, { text, format }: Words): string {
  const words = text.connection;
  switch (connection.kind) {
    case 'idle':
      return words.idle;
    case 'connecting':
      return words.connecting;
    case 'connected':
      return connection.resumed === 'first' ? words.live : words[connection.resumed];
    case 'waiting':
      return words.waiting(format.duration(Math.max(0, connection.until - now)));
    case 'refused':
      return `${words.refused}: ${connection.message}`;
  }
}
