import { type ReactNode } from 'react';
import { type Stretch, type Timeline } from '../domain/timeline.js';
import { type Words, useWords } from './words.js';

/** The timeline in words: the same as its picture, and to the second. */
export function TimelineTable({ timeline }: { readonly timeline: Timeline }): ReactNode {
  const words = useWords();
  const { heading, state, seen, beganBetween, lasted, legend } = words.text.timeline;
  // The roles are those of the elements: where there is no room for columns they are laid out as something else.
  return (
    <figure className="timeline-table">
      <table role="table">
        <caption>{heading}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {[state, seen, beganBetween, lasted].map((column) => (
              <th key={column} scope="col" role="columnheader">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {timeline.stretches.map((stretch) => (
            <tr key={stretch.startAt} role="row">
              <th scope="row" role="rowheader">
                {nameOf(stretch, words)}
              </th>
              <Cell column={seen}>
                {stretch.state === null ? '–' : words.format.time(stretch.startAt, timeline.now)}
              </Cell>
              <Cell column={beganBetween}>{span(stretch, timeline, words)}</Cell>
              <Cell column={lasted}>{lastedText(stretch, timeline, words)}</Cell>
            </tr>
          ))}
        </tbody>
      </table>
      <figcaption>{legend}</figcaption>
    </figure>
  );
}

/** It says itself what it is about where the columns have no heads that are to be seen. */
function Cell({ column, children }: { readonly column: string; readonly children: string }): ReactNode {
  return (
    <td role="cell" data-column={column}>
      {children}
    </td>
  );
}

/** In one sentence, for whoever does not see the picture. */
export function describeTimeline(timeline: Timeline, words: Words): string {
  const told = timeline.stretches.map((stretch) => {
    const length = lastedText(stretch, timeline, words);
    return length === '–' ? nameOf(stretch, words) : `${nameOf(stretch, words)} ${length}`;
  });
  return `${words.text.timeline.heading}: ${told.join(', ')}`;
}

function nameOf({ state }: Stretch, { text }: Words): string {
  return state === null ? text.timeline.unseen : text.states[state];
}

function span({ state, earliestAt, startAt }: Stretch, { now }: Timeline, { text, format }: Words): string {
  if (state === null || earliestAt === startAt) return '–';
  return text.timeline.between(format.time(earliestAt, now), format.time(startAt, now));
}

function lastedText(
  { lasted, isOpen, state, startAt, endAt }: Stretch,
  { now }: Timeline,
  { text, format }: Words,
): string {
  if (isOpen) return text.timeline.stillSo(format.duration(now - startAt));
  if (state === null) return format.duration(endAt - startAt);
  if (lasted === null) return '–';
  const { leastMs, mostMs } = lasted;
  if (leastMs === mostMs) return format.duration(leastMs);
  return leastMs < 1_000
    ? text.timeline.upTo(format.duration(mostMs))
    : `${format.duration(leastMs)} – ${format.duration(mostMs)}`;
}
