/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
/** Why an event is sent. */
export type ChangeReason =
  /** The state has changed since the event before. */
  | 'CHANGED'
  /** The state now. The cursor is too old to tell what happened in between. */
  | 'RESET'
  /** The state at the time of subscribing. */
  | 'SNAPSHOT';

/** Why an operation was not checked when its check was due. */
export type CheckDelay =
  /** The gateway's own budget below Graph's limits is spent. */
  | 'BUDGET'
  /** Microsoft Graph asked to be left alone for a while (Retry-After). */
  | 'THROTTLED'
  /** Microsoft Graph could not be reached or had an error of its own. */
  | 'UPSTREAM_UNAVAILABLE';

/** Which team or chat: exactly one of these. */
export type OperationHost =
  {   /** A chat's id, 19:…@thread.v2. */
  chatId: string | number; location?: never; teamId?: never; }
  |  { chatId?: never;   /** The path of the host or of its operations, in any form of Graph. */
  location: string; teamId?: never; }
  |  { chatId?: never; location?: never;   /** A team's GUID. */
  teamId: string | number; };

/** An operation by its host and its own id. */
export type OperationInHost = {
  /** The host's id: a team's GUID, or a chat's 19:…@thread.v2. */
  hostId: string | number;
  /** Graph's own id of the operation. */
  operationId: string | number;
};

/** Which operation: exactly one of these. */
export type OperationRef =
  {   /** An operation of a chat. */
  chat: OperationInHost; id?: never; location?: never; team?: never; }
  |  { chat?: never;   /** The global id that this gateway gave it. */
  id: string | number; location?: never; team?: never; }
  |  { chat?: never; id?: never;   /** The Location, Content-Location or Operation-Location header as Graph handed it out: with or without version, with quoted, bare or slash keys. */
  location: string; team?: never; }
  |  { chat?: never; id?: never; location?: never;   /** An operation of a team. */
  team: OperationInHost; };

/** One vocabulary for the life of every kind of operation. */
export type OperationState =
  /** Terminal: somebody stopped it. */
  | 'CANCELLED'
  /** Terminal: not done; `error` says why. */
  | 'FAILED'
  /** Accepted, and nothing done yet. */
  | 'NOT_STARTED'
  /** Under way. */
  | 'RUNNING'
  /** Terminal: done. What it made may still take some seconds to become readable. */
  | 'SUCCEEDED'
  /** A word that this version does not know, in `rawStatus`. It is checked again. */
  | 'UNKNOWN';

/** What a step installs or makes. */
export type OperationStepType =
  /** An app is installed. */
  | 'APP'
  /** A channel is created. */
  | 'CHANNEL';

/** What a Teams operation does. A member that this version does not know reads as UNKNOWN_FUTURE_VALUE. */
export type TeamsAsyncOperationType =
  /** Makes a channel read-only. */
  | 'ARCHIVE_CHANNEL'
  /** Makes a team read-only. */
  | 'ARCHIVE_TEAM'
  /** Copies a team. */
  | 'CLONE_TEAM'
  /** Creates a channel. */
  | 'CREATE_CHANNEL'
  /** Creates a chat with an app installed. */
  | 'CREATE_CHAT'
  /** Creates a team. */
  | 'CREATE_TEAM'
  /** Graph's invalid. */
  | 'INVALID'
  /** Makes a team of a group. */
  | 'TEAMIFY_GROUP'
  /** Brings an archived channel back. */
  | 'UNARCHIVE_CHANNEL'
  /** Brings an archived team back. */
  | 'UNARCHIVE_TEAM'
  /** A word that this version does not know, in `rawOperationType`. */
  | 'UNKNOWN_FUTURE_VALUE';

export type BoardOperationFragment = { operationType: TeamsAsyncOperationType, rawOperationType: string, attemptsCount: number, targetResourceId: string | null, id: string, operationId: string, location: string, state: OperationState, terminal: boolean, rawStatus: string, createdDateTime: string | null, lastActionDateTime: string | null, steps: Array<{ index: number | null, reference: string, type: OperationStepType, state: OperationState | null, rawStatus: string | null }>, error: { code: string | null, message: string | null } | null, freshness: { checkedAt: string, ageSeconds: number, nextCheckAt: string | null, delayedBy: CheckDelay | null }, history: Array<{ from: OperationState | null, to: OperationState, observedAt: string }> };

export type BoardChangeFragment = { reason: ChangeReason, from: OperationState | null, to: OperationState, observedAt: string, cursor: string, operation: { operationType: TeamsAsyncOperationType, rawOperationType: string, attemptsCount: number, targetResourceId: string | null, id: string, operationId: string, location: string, state: OperationState, terminal: boolean, rawStatus: string, createdDateTime: string | null, lastActionDateTime: string | null, steps: Array<{ index: number | null, reference: string, type: OperationStepType, state: OperationState | null, rawStatus: string | null }>, error: { code: string | null, message: string | null } | null, freshness: { checkedAt: string, ageSeconds: number, nextCheckAt: string | null, delayedBy: CheckDelay | null }, history: Array<{ from: OperationState | null, to: OperationState, observedAt: string }> } };

export type BoardWatchSubscriptionVariables = Exact<{
  refs: Array<OperationRef> | OperationRef;
  after?: string | null | undefined;
}>;


export type BoardWatchSubscription = { operationStatusChanged: { reason: ChangeReason, from: OperationState | null, to: OperationState, observedAt: string, cursor: string, operation: { operationType: TeamsAsyncOperationType, rawOperationType: string, attemptsCount: number, targetResourceId: string | null, id: string, operationId: string, location: string, state: OperationState, terminal: boolean, rawStatus: string, createdDateTime: string | null, lastActionDateTime: string | null, steps: Array<{ index: number | null, reference: string, type: OperationStepType, state: OperationState | null, rawStatus: string | null }>, error: { code: string | null, message: string | null } | null, freshness: { checkedAt: string, ageSeconds: number, nextCheckAt: string | null, delayedBy: CheckDelay | null }, history: Array<{ from: OperationState | null, to: OperationState, observedAt: string }> } } };

export type BoardWatchHostSubscriptionVariables = Exact<{
  host: OperationHost;
  after?: string | null | undefined;
}>;


export type BoardWatchHostSubscription = { hostOperationStatusChanged: { reason: ChangeReason, from: OperationState | null, to: OperationState, observedAt: string, cursor: string, operation: { operationType: TeamsAsyncOperationType, rawOperationType: string, attemptsCount: number, targetResourceId: string | null, id: string, operationId: string, location: string, state: OperationState, terminal: boolean, rawStatus: string, createdDateTime: string | null, lastActionDateTime: string | null, steps: Array<{ index: number | null, reference: string, type: OperationStepType, state: OperationState | null, rawStatus: string | null }>, error: { code: string | null, message: string | null } | null, freshness: { checkedAt: string, ageSeconds: number, nextCheckAt: string | null, delayedBy: CheckDelay | null }, history: Array<{ from: OperationState | null, to: OperationState, observedAt: string }> } } };

export type BoardLookQueryVariables = Exact<{
  ids: Array<string | number> | string | number;
}>;


export type BoardLookQuery = { nodes: Array<{ operationType: TeamsAsyncOperationType, rawOperationType: string, attemptsCount: number, targetResourceId: string | null, id: string, operationId: string, location: string, state: OperationState, terminal: boolean, rawStatus: string, createdDateTime: string | null, lastActionDateTime: string | null, steps: Array<{ index: number | null, reference: string, type: OperationStepType, state: OperationState | null, rawStatus: string | null }>, error: { code: string | null, message: string | null } | null, freshness: { checkedAt: string, ageSeconds: number, nextCheckAt: string | null, delayedBy: CheckDelay | null }, history: Array<{ from: OperationState | null, to: OperationState, observedAt: string }> } | null> };
