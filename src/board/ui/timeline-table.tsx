import { type ReactNode } from 'react';
import { type Stretch, type Timeline } from '../domain/timeline.js';
import { type Words, useWords } from './words.js';

/** The timeline in words: the same as its picture, and to the second. */
export function TimelineTable({ timeline }: { readonly timeline: Timeline }): ReactNode {
  const words = useWords();
  const { heading, state, seen, beganBetween, lasted, legend } = words.text.timeline;
  return (
    <figure className="timeline-table">
      <table>
        <caption>{heading}</caption>
        <thead>
          <tr>
            {[state, seen, beganBetween, lasted].map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {timeline.stretches.map((stretch) => (
            <tr key={stretch.startAt}>
              <th scope="row">{nameOf(stretch, words)}</th>
              <td>{stretch.state === null ? '–' : words.format.time(stretch.startAt, timeline.now)}</td>
              <td>{span(stretch, timeline, words)}</td>
              <td>{lastedText(stretch, timeline, words)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <figcaption>{legend}</figcaption>
    </figure>
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
