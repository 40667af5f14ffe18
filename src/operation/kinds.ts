import { type HostKind, type OperationKind } from './kind.js';
import { teamsAsyncOperation } from './kinds/teams-async-operation.js';

/** Every kind of operation this gateway can watch. */
export const OPERATION_KINDS: readonly OperationKind[] = [teamsAsyncOperation];

/** Every resource that lists operations, with the kind of operation it lists. */
export const HOST_KINDS: readonly { readonly kind: OperationKind; readonly host: HostKind }[] = OPERATION_KINDS.flatMap(
  (kind) => kind.hosts.map((host) => ({ kind, host })),
);
