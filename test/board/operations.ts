import { type Operation } from '../../src/board/domain/operation.js';

const START = Date.UTC(2026, 0, 1, 12);

/** So many seconds after noon, epoch ms. */
export function s(seconds: number): number {
  return START + seconds * 1_000;
}

/** The same as the gateway writes it. */
export function at(seconds: number): string {
  return new Date(s(seconds)).toISOString();
}

interface Told extends Partial<Omit<Operation, 'history' | 'freshness'>> {
  readonly history?: readonly { readonly to: Operation['state']; readonly observedAt: string }[];
  readonly checkedAt?: string;
  readonly ageSeconds?: number;
  readonly nextCheckAt?: string | null;
}

/** An operation that runs, unless told. */
export function operation({
  history = [],
  checkedAt = at(0),
  ageSeconds = 0,
  nextCheckAt = null,
  ...told
}: Told = {}): Operation {
  const state = told.state ?? 'RUNNING';
  return {
    id: 'one',
    operationId: 'o-1',
    location: "/teams('t-1')/operations('o-1')",
    state,
    terminal: false,
    rawStatus: 'inProgress',
    createdDateTime: null,
    lastActionDateTime: null,
    error: null,
    operationType: 'ARCHIVE_TEAM',
    rawOperationType: 'archiveTeam',
    attemptsCount: 1,
    targetResourceId: 't-1',
    steps: [],
    freshness: { checkedAt, ageSeconds, nextCheckAt, delayedBy: null },
    history: history.map((change, index) => ({ ...change, from: history[index - 1]?.to ?? null })),
    ...told,
  };
}
