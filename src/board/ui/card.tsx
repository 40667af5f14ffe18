import { useId, useRef, useState, type ReactNode } from 'react';
import { nowFor } from '../domain/freshness.js';
import { beganAt, changedAt, type Operation } from '../domain/operation.js';
import { timelineOf } from '../domain/timeline.js';
import { Details } from './details.js';
import { Freshness } from './freshness.js';
import { useInSight } from './sight.js';
import { StateMark } from './state-mark.js';
import { useNow } from './time.js';
import { TimelinePicture } from './timeline-picture.js';
import { describeTimeline } from './timeline-table.js';
import { nameOfType, useWords } from './words.js';

export interface CardProps {
  readonly operation: Operation;
  /** Those that were heard of, epoch ms. */
  readonly checks: readonly number[];
  readonly aheadMs: number;
  readonly intervalMs: number;
  /** Whether what happens next can be heard. */
  readonly isConnected: boolean;
  /** Null where it is on the board with its team or chat. */
  readonly onRemove: (() => void) | null;
}

/** One operation: what it is and how it stands at a glance, and the rest on demand. */
export function Card({ operation, checks, aheadMs, intervalMs, isConnected, onRemove }: CardProps): ReactNode {
  const words = useWords();
  const { text, format } = words;
  const article = useRef<HTMLElement>(null);
  const now = nowFor(operation, useNow(useInSight(article)), aheadMs);
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const { attemptsCount, targetResourceId, error } = operation;
  const name = nameOfType(operation, text);
  const timeline = timelineOf(operation, { now, intervalMs, checks });
  return (
    <article ref={article} className={`card card-${operation.state}`} aria-labelledby={`${id}-name`}>
      <div className="card-state">
        <span className={`badge badge-${operation.state}`} key={operation.state}>
          <StateMark state={operation.state} />
          {text.states[operation.state]}
        </span>
        <span className="card-age">
          {operation.terminal
            ? text.card.ended(format.ago(now - changedAt(operation)))
            : text.card.began(format.ago(now - beganAt(operation)))}
        </span>
      </div>
      <div className="card-what">
        <h3 id={`${id}-name`}>{name}</h3>
        <p className="card-target">
          {targetResourceId !== null && (
            <>
              <span className="label">{text.card.target}</span>{' '}
              <span className="id" title={targetResourceId}>
                {targetResourceId}
              </span>
            </>
          )}
          <span className={attemptsCount > 1 ? 'attempts attempts-many' : 'attempts'}>
            {format.count(text.card.attempts, attemptsCount)}
          </span>
        </p>
      </div>
      <div className="card-timeline">
        <TimelinePicture
          timeline={timeline}
          label={describeTimeline(timeline, words)}
          isLate={operation.freshness.delayedBy !== null}
        />
      </div>
      <Freshness operation={operation} now={now} intervalMs={intervalMs} isConnected={isConnected} />
      <div className="card-actions">
        <button
          type="button"
          className="quiet icon"
          aria-label={`${text.card.details}: ${name}`}
          title={text.card.details}
          aria-expanded={isOpen}
          aria-controls={`${id}-details`}
          onClick={() => setOpen(!isOpen)}
        >
          <svg className="chevron" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="m3.5 6 4.5 4.5L12.5 6" className="line" />
          </svg>
        </button>
        {onRemove !== null && (
          <button
            type="button"
            className="quiet icon"
            aria-label={text.card.remove(name)}
            title={text.card.removeShort}
            onClick={onRemove}
          >
            <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
              <path d="m4 4 8 8m0-8-8 8" className="line" />
            </svg>
          </button>
        )}
      </div>
      {error !== null && (
        <p className="card-error">
          {error.code !== null && <code>{error.code}</code>} {error.message}
        </p>
      )}
      <div id={`${id}-details`} className="card-details" hidden={!isOpen}>
        {isOpen && <Details operation={operation} timeline={timeline} />}
      </div>
    </article>
  );
}
