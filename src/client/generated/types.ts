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

/** A span of time; either end may be open. */
export type DateTimeRange = {
  /** The end, itself not included. */
  readonly before?: string | null | undefined;
  /** The earliest moment, itself included. */
  readonly from?: string | null | undefined;
};

/** Which operations; what is given must all hold. The gateway filters the pages it read. */
export type OperationFilter = {
  /** Created in this span. */
  readonly createdDateTime?: DateTimeRange | null | undefined;
  /** Last acted upon in this span. */
  readonly lastActionDateTime?: DateTimeRange | null | undefined;
  /** Of one of these types. */
  readonly operationType?: ReadonlyArray<TeamsAsyncOperationType> | null | undefined;
  /** In one of these states. */
  readonly state?: ReadonlyArray<OperationState> | null | undefined;
  /** With one of these statuses of Graph's. */
  readonly status?: ReadonlyArray<TeamsAsyncOperationStatus> | null | undefined;
};

/** Which team or chat: exactly one of these. */
export type OperationHost =
  {   /** A chat's id, 19:…@thread.v2. */
  readonly chatId: string; readonly location?: never; readonly teamId?: never; }
  |  { readonly chatId?: never;   /** The path of the host or of its operations, in any form of Graph. */
  readonly location: string; readonly teamId?: never; }
  |  { readonly chatId?: never; readonly location?: never;   /** A team's GUID. */
  readonly teamId: string; };

/** An operation by its host and its own id. */
export type OperationInHost = {
  /** The host's id: a team's GUID, or a chat's 19:…@thread.v2. */
  readonly hostId: string;
  /** Graph's own id of the operation. */
  readonly operationId: string;
};

/** Which operation: exactly one of these. */
export type OperationRef =
  {   /** An operation of a chat. */
  readonly chat: OperationInHost; readonly id?: never; readonly location?: never; readonly team?: never; }
  |  { readonly chat?: never;   /** The global id that this gateway gave it. */
  readonly id: string; readonly location?: never; readonly team?: never; }
  |  { readonly chat?: never; readonly id?: never;   /** The Location, Content-Location or Operation-Location header as Graph handed it out: with or without version, with quoted, bare or slash keys. */
  readonly location: string; readonly team?: never; }
  |  { readonly chat?: never; readonly id?: never; readonly location?: never;   /** An operation of a team. */
  readonly team: OperationInHost; };

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

/** Graph's status of a Teams operation. A member that this version does not know reads as UNKNOWN_FUTURE_VALUE. */
export type TeamsAsyncOperationStatus =
  /** Not done; `error` says why. */
  | 'FAILED'
  /** Graph's invalid. */
  | 'INVALID'
  /** Under way. */
  | 'IN_PROGRESS'
  /** Accepted, and nothing done yet; an operation comes back here between two attempts. */
  | 'NOT_STARTED'
  /** Done. */
  | 'SUCCEEDED'
  /** A word that this version does not know, in `rawStatus`. */
  | 'UNKNOWN_FUTURE_VALUE';

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

export type OperationFieldsFragment = { readonly __typename: 'TeamsAsyncOperation', readonly operationType: TeamsAsyncOperationType, readonly rawOperationType: string, readonly status: TeamsAsyncOperationStatus, readonly attemptsCount: number, readonly targetResourceId: string | null, readonly targetResourceLocation: string | null, readonly id: string, readonly operationId: string, readonly location: string, readonly state: OperationState, readonly terminal: boolean, readonly rawStatus: string, readonly createdDateTime: string | null, readonly lastActionDateTime: string | null, readonly steps: ReadonlyArray<{ readonly index: number | null, readonly type: OperationStepType, readonly reference: string, readonly state: OperationState | null, readonly rawStatus: string | null, readonly updateTimestamp: string | null }>, readonly error: { readonly code: string | null, readonly message: string | null } | null, readonly freshness: { readonly checkedAt: string, readonly ageSeconds: number, readonly nextCheckAt: string | null, readonly delayedBy: CheckDelay | null }, readonly history: ReadonlyArray<{ readonly from: OperationState | null, readonly to: OperationState, readonly rawStatus: string, readonly observedAt: string, readonly lastActionDateTime: string | null }> };

export type ChangeFieldsFragment = { readonly reason: ChangeReason, readonly from: OperationState | null, readonly to: OperationState, readonly observedAt: string, readonly cursor: string, readonly operation: { readonly __typename: 'TeamsAsyncOperation', readonly operationType: TeamsAsyncOperationType, readonly rawOperationType: string, readonly status: TeamsAsyncOperationStatus, readonly attemptsCount: number, readonly targetResourceId: string | null, readonly targetResourceLocation: string | null, readonly id: string, readonly operationId: string, readonly location: string, readonly state: OperationState, readonly terminal: boolean, readonly rawStatus: string, readonly createdDateTime: string | null, readonly lastActionDateTime: string | null, readonly steps: ReadonlyArray<{ readonly index: number | null, readonly type: OperationStepType, readonly reference: string, readonly state: OperationState | null, readonly rawStatus: string | null, readonly updateTimestamp: string | null }>, readonly error: { readonly code: string | null, readonly message: string | null } | null, readonly freshness: { readonly checkedAt: string, readonly ageSeconds: number, readonly nextCheckAt: string | null, readonly delayedBy: CheckDelay | null }, readonly history: ReadonlyArray<{ readonly from: OperationState | null, readonly to: OperationState, readonly rawStatus: string, readonly observedAt: string, readonly lastActionDateTime: string | null }> } };

export type TrackOperationSubscriptionVariables = Exact<{
  refs: ReadonlyArray<OperationRef> | OperationRef;
  after?: string | null | undefined;
}>;


export type TrackOperationSubscription = { readonly change: { readonly reason: ChangeReason, readonly from: OperationState | null, readonly to: OperationState, readonly observedAt: string, readonly cursor: string, readonly operation: { readonly __typename: 'TeamsAsyncOperation', readonly operationType: TeamsAsyncOperationType, readonly rawOperationType: string, readonly status: TeamsAsyncOperationStatus, readonly attemptsCount: number, readonly targetResourceId: string | null, readonly targetResourceLocation: string | null, readonly id: string, readonly operationId: string, readonly location: string, readonly state: OperationState, readonly terminal: boolean, readonly rawStatus: string, readonly createdDateTime: string | null, readonly lastActionDateTime: string | null, readonly steps: ReadonlyArray<{ readonly index: number | null, readonly type: OperationStepType, readonly reference: string, readonly state: OperationState | null, readonly rawStatus: string | null, readonly updateTimestamp: string | null }>, readonly error: { readonly code: string | null, readonly message: string | null } | null, readonly freshness: { readonly checkedAt: string, readonly ageSeconds: number, readonly nextCheckAt: string | null, readonly delayedBy: CheckDelay | null }, readonly history: ReadonlyArray<{ readonly from: OperationState | null, readonly to: OperationState, readonly rawStatus: string, readonly observedAt: string, readonly lastActionDateTime: string | null }> } } };

export type TrackHostSubscriptionVariables = Exact<{
  host: OperationHost;
  filter?: OperationFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type TrackHostSubscription = { readonly change: { readonly reason: ChangeReason, readonly from: OperationState | null, readonly to: OperationState, readonly observedAt: string, readonly cursor: string, readonly operation: { readonly __typename: 'TeamsAsyncOperation', readonly operationType: TeamsAsyncOperationType, readonly rawOperationType: string, readonly status: TeamsAsyncOperationStatus, readonly attemptsCount: number, readonly targetResourceId: string | null, readonly targetResourceLocation: string | null, readonly id: string, readonly operationId: string, readonly location: string, readonly state: OperationState, readonly terminal: boolean, readonly rawStatus: string, readonly createdDateTime: string | null, readonly lastActionDateTime: string | null, readonly steps: ReadonlyArray<{ readonly index: number | null, readonly type: OperationStepType, readonly reference: string, readonly state: OperationState | null, readonly rawStatus: string | null, readonly updateTimestamp: string | null }>, readonly error: { readonly code: string | null, readonly message: string | null } | null, readonly freshness: { readonly checkedAt: string, readonly ageSeconds: number, readonly nextCheckAt: string | null, readonly delayedBy: CheckDelay | null }, readonly history: ReadonlyArray<{ readonly from: OperationState | null, readonly to: OperationState, readonly rawStatus: string, readonly observedAt: string, readonly lastActionDateTime: string | null }> } } };
