import { type CountedOperation, type CountingGraph } from '../support/counting-graph.js';

/** One operation of a test, as Graph has it. */
export interface TestOperation {
  readonly host: 'team' | 'chat';
  readonly hostId: string;
  readonly operationId: string;
}

/** The life of each, in the order in which its states come; one may be missed, but for the last. */
export const LIFE = ['NOT_STARTED', 'RUNNING', 'SUCCEEDED'] as const;
export type LifeState = (typeof LIFE)[number];

const STATUS = { NOT_STARTED: 'notStarted', RUNNING: 'inProgress', SUCCEEDED: 'succeeded' } as const;

/** So many operations of each of these hosts, in their first state. A host whose name begins with `chat` is one. */
export function beginOperations(graph: CountingGraph, hosts: Readonly<Record<string, number>>): TestOperation[] {
  const operations = Object.entries(hosts).flatMap(([hostId, count]) =>
    Array.from({ length: count }, (_, at): TestOperation => ({
      host: hostId.startsWith('chat') ? 'chat' : 'team',
      hostId,
      operationId: `${hostId}-operation-${at}`,
    })),
  );
  moveTo(graph, operations, 'NOT_STARTED');
  return operations;
}

export function moveTo(graph: CountingGraph, operations: readonly TestOperation[], state: LifeState): void {
  for (const operation of operations) {
    graph.put({ ...operation, status: STATUS[state] } satisfies CountedOperation);
  }
}

/** As a subscriber names it. */
export function refOf({ host, hostId, operationId }: TestOperation): object {
  return { [host]: { hostId, operationId } };
}

/** As Graph names it. */
export function pathOf({ host, hostId, operationId }: TestOperation): string {
  return `${listPathOf({ host, hostId })}/${operationId}`;
}

export function listPathOf({ host, hostId }: Pick<TestOperation, 'host' | 'hostId'>): string {
  return `${host === 'team' ? '/v1.0/teams' : '/beta/chats'}/${hostId}/operations`;
}
