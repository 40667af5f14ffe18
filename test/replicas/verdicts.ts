import { type CountedRead } from '../support/counting-graph.js';
import { type Subscriber } from './crowd.js';
import { LIFE, pathOf, type LifeState, type TestOperation } from './operations.js';

/**
 * Everything that was told wrongly: of each operation a part of its life, in order, from a first event on, and its end
 * once, and then no more. `known` says how far each must have come.
 */
export function toldWrongly(subscribers: readonly Subscriber[], known: LifeState): string[] {
  return subscribers.flatMap((subscriber, at) => {
    const wrongs = subscriber.operations.flatMap(({ operationId }) => wrongsOf(subscriber, operationId, known));
    const ending = known === 'SUCCEEDED' && !subscriber.isComplete ? ['it did not complete'] : [];
    return [...subscriber.errors, ...ending, ...wrongs].map((wrong) => `subscriber ${at}: ${wrong}`);
  });
}

function wrongsOf({ changes }: Subscriber, operationId: string, known: LifeState): string[] {
  const told = changes.filter((change) => change.operationId === operationId);
  const line = told.map(({ reason, from, to }) => `${reason} ${from ?? ''}→${to}`).join(', ');
  const order = told.map(({ to }) => LIFE.findIndex((state) => state === to));
  const wrongs = [
    told[0]?.reason !== 'SNAPSHOT' && 'does not begin with a snapshot',
    told.slice(1).some(({ reason }) => reason !== 'CHANGED') && 'goes on with something else than changes',
    told.some(({ from }, index) => from !== (told[index - 1]?.to ?? null)) && 'has a gap',
    order.some((state, index) => state <= (order[index - 1] ?? -1)) && 'goes back, or is told twice',
    told.at(-1)?.to !== known && `does not come to ${known}`,
  ];
  return wrongs.flatMap((wrong) => (wrong === false ? [] : [`${operationId}: ${line} ${wrong}`]));
}

/** Pairs of reads of one operation with one token that are closer than the interval. */
export function readTooEarly(reads: readonly CountedRead[], intervalMs: number): string[] {
  const lastAt = new Map<string, number>();
  return reads.flatMap(({ at, operation, token, status, by }) => {
    if (status !== 200) return [];
    const key = `${token} ${operation}`;
    const gapMs = at - (lastAt.get(key) ?? -Infinity);
    lastAt.set(key, at);
    return gapMs >= intervalMs ? [] : [`${operation}, ${token.slice(-4)}: ${by} after ${gapMs.toFixed(1)} ms`];
  });
}

/** When an operation was read, whoever did, in ms of the test's clock. */
export function readTimes(reads: readonly CountedRead[], operation: TestOperation): number[] {
  const path = pathOf(operation);
  return reads.filter((read) => read.operation === path).map(({ at }) => at);
}
