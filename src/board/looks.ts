import { type Client } from 'urql';
import { type BoardState } from './board-state.js';
import { type Clock } from './clock.js';
import { LOOK_AGAIN } from './documents.js';
import { askedAgain, dueAt, MAX_IDS, toAsk, type Asked } from './domain/freshness.js';
import { type Operation } from './domain/operation.js';
import { type BoardLookQuery, type BoardLookQueryVariables } from './generated/documents.js';
import { problemOf } from './transport/problem.js';

/** Asks the gateway what its checks have brought, each time that one is due; see domain/freshness.ts. */
export interface Looks {
  /** To be called whenever something is known anew. */
  plan(): void;
  /** While nobody sees the page, nothing is asked. */
  isSeen(isSeen: boolean): void;
}

export interface LooksOptions {
  readonly client: () => Client;
  readonly clock: Clock;
  readonly state: () => BoardState;
  readonly onTold: (operations: readonly Operation[]) => void;
}

const ANSWER_WITHIN_MS = 20_000;

interface Answer {
  readonly told: readonly Operation[];
  /** Whether the gateway takes only fewer ids at a time. */
  readonly isTooMuch: boolean;
}

export function createLooks({ client, clock, state, onTold }: LooksOptions): Looks {
  const asked = new Map<string, Asked>();
  let cancel = (): void => undefined;
  let isLooking = false;
  let isSeen = true;
  let most = MAX_IDS;

  const plan = (): void => {
    cancel();
    if (isLooking || !isSeen) return;
    const { aheadMs } = state();
    const dues = awaited(state()).map((operation) => dueAt(operation, asked.get(operation.id), aheadMs) ?? Infinity);
    const nextAt = Math.min(...dues);
    if (nextAt < Infinity) cancel = clock.wakeAt(nextAt, () => void look());
  };

  const look = async (): Promise<void> => {
    const now = clock.now();
    for (const id of asked.keys()) if (!state().operations.has(id)) asked.delete(id);
    const due = toAsk(awaited(state()), asked, { now, aheadMs: state().aheadMs, most });
    if (due.length > 0) {
      isLooking = true;
      const { told, isTooMuch } = await ask(due.map(({ id }) => id));
      isLooking = false;
      if (isTooMuch && due.length > 1) {
        most = Math.floor(due.length / 2); // a gateway may be told to take fewer; what was due still is
      } else {
        for (const operation of due) asked.set(operation.id, askedAgain(operation, asked.get(operation.id), now));
        const { operations } = state(); // some may have been taken off meanwhile
        onTold(told.filter(({ id }) => operations.has(id)));
      }
    }
    plan();
  };

  /** An answer that does not come would be the last that is asked for. */
  const ask = async (ids: string[]): Promise<Answer> => {
    let stop = (): void => undefined;
    const answer = await new Promise<Answer>((resolve) => {
      const cancel = clock.wakeAt(clock.now() + ANSWER_WITHIN_MS, () => resolve({ told: [], isTooMuch: false }));
      const request = client()
        .query<BoardLookQuery, BoardLookQueryVariables>(LOOK_AGAIN, { ids })
        .subscribe(({ data, error }) =>
          resolve({
            told: (data?.nodes ?? []).filter((node) => node !== null),
            isTooMuch: error !== undefined && problemOf(error)?.code === 'LIMIT_EXCEEDED',
          }),
        );
      stop = () => {
        cancel();
        request.unsubscribe();
      };
    });
    stop();
    return answer;
  };

  return {
    plan,
    isSeen(now) {
      isSeen = now;
      plan();
    },
  };
}

/** Operations with what stands for the next check where none is planned: somebody watches, so one will come. */
function awaited({ operations, intervalMs }: BoardState): readonly Operation[] {
  return [...operations.values()].map((operation) => {
    const { freshness } = operation;
    if (operation.terminal || freshness.nextCheckAt !== null) return operation;
    const nextCheckAt = new Date(Date.parse(freshness.checkedAt) + intervalMs).toISOString();
    return { ...operation, freshness: { ...freshness, nextCheckAt } };
  });
}
