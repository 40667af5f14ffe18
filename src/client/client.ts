/**
 * What the package offers as `graph-operations-gateway/client`: a door for others, and nothing of ours goes through it.
 */
export {
  createOperationsClient,
  trackHost,
  trackOperation,
  waitForOperation,
  type Operation,
  type OperationsClient,
  type OperationStatusChange,
  type OperationStatusChanges,
  type TrackHostOptions,
  type TrackOptions,
  type WaitOptions,
} from './operations-client.js';
export { OperationsError, type OperationsErrorCode, type OperationsErrorDetails } from './operations-error.js';
export {
  type ClientOptions,
  type ConnectionState,
  type TokenRequest,
  type TokenSource,
  type WebSocketImplementation,
} from './options.js';
export { resuming } from './resuming.js';
export {
  type ChangeReason,
  type CheckDelay,
  type OperationFilter,
  type OperationHost,
  type OperationInHost,
  type OperationRef,
  type OperationState,
  type TeamsAsyncOperationStatus,
  type TeamsAsyncOperationType,
} from './generated/types.js';
