import { type ReactNode } from 'react';
import { untilNextCheckMs } from '../domain/freshness.js';
import { type Operation } from '../domain/operation.js';
import { useWords } from './words.js';

interface FreshnessProps {
  readonly operation: Operation;
  readonly now: number;
  readonly intervalMs: number;
  readonly isConnected: boolean;
}

/** When it was checked, when it will be, and why it was not. */
export function Freshness({ operation, now, intervalMs, isConnected }: FreshnessProps): ReactNode {
  const { text, format } = useWords();
  const { checkedAt, delayedBy } = operation.freshness;
  const checked = text.card.checked(format.ago(now - Date.parse(checkedAt)));
  const leftMs = untilNextCheckMs(operation, { now, intervalMs, isConnected });
  if (leftMs === null) return <p className="freshness">{checked}</p>;
  return (
    <div className="freshness">
      <Countdown part={Math.min(1, Math.max(0, leftMs / intervalMs))} />
      <p>
        <span className="freshness-next">
          {leftMs >= 500 ? text.card.next(format.shortDuration(leftMs)) : text.card.checking}
        </span>
        <span className="freshness-last">{checked}</span>
        {delayedBy !== null && (
          <span className="freshness-late">
            <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
              <path d="M8 2 15 14H1z" className="line" />
              <path d="M8 6.5v3.2m0 2v.1" className="line" />
            </svg>
            {text.card.late[delayedBy]}
          </span>
        )}
      </p>
    </div>
  );
}

/** How much of the time to the next check is left, as a ring. */
function Countdown({ part }: { readonly part: number }): ReactNode {
  return (
    <svg className="countdown" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
      <circle cx="10" cy="10" r="8" className="countdown-rail" />
      <circle
        cx="10"
        cy="10"
        r="8"
        pathLength="100"
        strokeDasharray={`${Math.round(part * 100)} 100`}
        transform="rotate(-90 10 10)"
        className="countdown-left"
      />
    </svg>
  );
}
