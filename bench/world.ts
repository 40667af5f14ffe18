/** Which operations there are: the first `hosts` teams, with so many operations each. */
export interface World {
  readonly hosts: number;
  readonly operationsPerHost: number;
}

/** Ids have the length of Graph's, and their number at the end. */
export function teamId(host: number): string {
  return `7ea00000-0000-4000-8000-${digits(host)}`;
}

export function operationId(host: number, nth: number): string {
  return `0be7a000-0000-4000-${String(8_000 + nth).padStart(4, '0')}-${digits(host)}`;
}

/** The number at the end of an id. */
export function numberOf(id: string): number {
  return Number(id.slice(-12));
}

export function hostOf(operation: number, { operationsPerHost }: World): number {
  return Math.floor(operation / operationsPerHost);
}

/** Operations are numbered through, host by host; a number beyond the last begins again with the first. */
export function refOf(operation: number, world: World): { readonly hostId: string; readonly operationId: string } {
  const host = hostOf(operation, world);
  return { hostId: teamId(host), operationId: operationId(host, operation % world.operationsPerHost) };
}

export const QUERY = `query ($ref: OperationRef!) {
  operation(ref: $ref) {
    id operationId location state terminal createdDateTime lastActionDateTime error { code message }
    ... on TeamsAsyncOperation { operationType status attemptsCount targetResourceId targetResourceLocation }
  }
}`;

export const SUBSCRIPTION = `subscription Watch($refs: [OperationRef!]!) {
  operationStatusChanged(refs: $refs) {
    reason from to observedAt cursor operation { id state terminal rawStatus lastActionDateTime error { code message } }
  }
}`;

/** Where an operation stands at the nth change: it goes to and fro, and never ends. */
export function stateAt(revision: number): { readonly status: string; readonly state: string } {
  return revision % 2 === 0
    ? { status: 'inProgress', state: 'RUNNING' }
    : { status: 'notStarted', state: 'NOT_STARTED' };
}

/** What is in each first message of a subscription, and in each message of the nth change. */
export const SNAPSHOT_MARK = '"reason":"SNAPSHOT"';
export function changeMark(revision: number): string {
  return `"to":"${stateAt(revision).state}"`;
}

function digits(number: number): string {
  return String(number).padStart(12, '0');
}
