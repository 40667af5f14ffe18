import { useId, type ReactNode } from 'react';
import { type State } from '../domain/operation.js';
import { pictureOf, type Bar, type Timeline } from '../domain/timeline.js';
import { useWords } from './words.js';

/** Below this part of the width a stretch has no room for its duration. */
const ROOM_FOR_TEXT = 0.13;

interface TimelinePictureProps {
  readonly timeline: Timeline;
  /** The same in words. */
  readonly label: string;
  readonly isLate: boolean;
}

/**
 * The life of an operation as it was seen. Solid is what two checks agree on, soft what lies between two that do not,
 * pale what the next check will tell. All sizes are parts of the width, so it fits any.
 */
export function TimelinePicture({ timeline, label, isLate }: TimelinePictureProps): ReactNode {
  const { format } = useWords();
  const id = useId();
  const { bars, isCut, checkX, nextCheckX, nowX } = pictureOf(timeline);
  return (
    <svg
      className={isLate ? 'timeline timeline-late' : 'timeline'}
      role="img"
      aria-label={label}
      height="40"
      width="100%"
    >
      <defs>
        <pattern id={`${id}-stripes`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2" height="6" className="stripe" />
        </pattern>
        {bars.map(({ stretch }, index) => (
          <linearGradient key={stretch.startAt} id={`${id}-${index}`}>
            <stop offset="0" className={`stop-${bars[index - 1]?.stretch.state ?? 'unseen'}`} />
            <stop offset="1" className={`stop-${stretch.state ?? 'unseen'}`} />
          </linearGradient>
        ))}
      </defs>
      <line x1="0" x2="100%" y1="15" y2="15" className="rail" />
      {nextCheckX !== null && nowX !== null && nextCheckX > nowX && (
        <line x1={percent(nowX)} x2={percent(nextCheckX)} y1="15" y2="15" className="ahead" />
      )}
      {bars.map((bar, index) => (
        <g key={bar.stretch.startAt}>
          {bar.x > bar.softX && (
            <rect
              x={percent(bar.softX)}
              width={percent(bar.x - bar.softX)}
              y="8"
              height="14"
              fill={`url(#${id}-${index})`}
              className="soft"
            />
          )}
          <Solid bar={bar} until={bars[index + 1]?.softX ?? null} checkX={checkX} texture={`url(#${id}-stripes)`} />
        </g>
      ))}
      {isCut && <path d="M3 24 l4 -18 m2 18 l4 -18" className="cut" transform="translate(8 0)" />}
      {nowX !== null && <line x1={percent(checkX)} x2={percent(checkX)} y1="5" y2="25" className="check" />}
      {nextCheckX !== null && <circle cx={percent(nextCheckX)} cy="15" r="4" className="next-check" />}
      {nowX !== null && <line x1={percent(nowX)} x2={percent(nowX)} y1="3" y2="27" className="now" />}
      {bars
        .filter(({ width, stretch }) => width > ROOM_FOR_TEXT && stretch.endAt > stretch.startAt)
        .map(({ x, stretch }) => (
          <text key={stretch.startAt} x={percent(x)} y="38" className="length">
            {stretch.lasted === null || stretch.lasted.leastMs === stretch.lasted.mostMs ? '' : '≈ '}
            {format.shortDuration(stretch.endAt - stretch.startAt)}
          </text>
        ))}
    </svg>
  );
}

interface SolidProps {
  readonly bar: Bar;
  /** Where the soft edge of the next one begins; null where there is no next. */
  readonly until: number | null;
  readonly checkX: number;
  /** Laid over what runs, so that it is told by more than its colour. */
  readonly texture: string;
}

/** What checks agree on; of the last state also what came after them, paler. */
function Solid({ bar, until, checkX, texture }: SolidProps): ReactNode {
  const { stretch, x, width } = bar;
  const state = stretch.state ?? 'unseen';
  if (stretch.isOpen) {
    const seen = Math.max(0, checkX - x);
    return (
      <>
        <rect x={percent(x)} width={percent(width)} y="8" height="14" className={`bar bar-${state} unconfirmed`} />
        <rect x={percent(x)} width={percent(seen)} y="8" height="14" className={`bar bar-${state}`} />
        {state === 'RUNNING' && <rect x={percent(x)} width={percent(width)} y="8" height="14" fill={texture} />}
      </>
    );
  }
  const end = Math.max(x, until ?? x + width);
  return (
    <>
      <rect x={percent(x)} width={percent(end - x)} y="8" height="14" className={`bar bar-${state}`} />
      {state === 'RUNNING' && <rect x={percent(x)} width={percent(end - x)} y="8" height="14" fill={texture} />}
      {until === null && state !== 'unseen' && <End state={state} at={x + width / 2} />}
    </>
  );
}

/** The sign of an end on its colour. */
function End({ state, at }: { readonly state: State; readonly at: number }): ReactNode {
  return (
    <svg x={percent(at)} y="15" overflow="visible" aria-hidden="true">
      <path d={SIGNS[state]} className="sign" />
    </svg>
  );
}

const SIGNS: Readonly<Record<State, string>> = {
  NOT_STARTED: '',
  RUNNING: '',
  SUCCEEDED: 'm-4 0 3 3 5-6',
  FAILED: 'm-3-3 6 6m0-6-6 6',
  CANCELLED: 'M-4 0h8',
  UNKNOWN: 'M0-4v5m0 3v.1',
};

function percent(part: number): string {
  return `${Math.round(part * 10_000) / 100}%`;
}
