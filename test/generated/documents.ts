/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';
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
  before?: string | null | undefined;
  /** The earliest moment, itself included. */
  from?: string | null | undefined;
};

/** Which operations; what is given must all hold. The gateway filters the pages it read. */
export type OperationFilter = {
  /** Created in this span. */
  createdDateTime?: DateTimeRange | null | undefined;
  /** Last acted upon in this span. */
  lastActionDateTime?: DateTimeRange | null | undefined;
  /** Of one of these types. */
  operationType?: Array<TeamsAsyncOperationType> | null | undefined;
  /** In one of these states. */
  state?: Array<OperationState> | null | undefined;
  /** With one of these statuses of Graph's. */
  status?: Array<TeamsAsyncOperationStatus> | null | undefined;
};

/** An operation by its host and its own id. */
export type OperationInHost = {
  /** The host's id: a team's GUID, or a chat's 19:…@thread.v2. */
  hostId: string | number;
  /** Graph's own id of the operation. */
  operationId: string | number;
};

/** How to sort. The gateway sorts the pages it read, ten at the most. */
export type OperationOrder = {
  /** Which end comes first. */
  direction?: OrderDirection;
  /** By what. */
  field: OperationOrderField;
};

/** What operations can be sorted by. */
export type OperationOrderField =
  /** When Graph created the operation. */
  | 'CREATED_DATE_TIME'
  /** When Graph last did something for it. */
  | 'LAST_ACTION_DATE_TIME';

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

/** Which end comes first. */
export type OrderDirection =
  /** The earliest first; what has no date comes before all. */
  | 'ASC'
  /** The latest first. */
  | 'DESC';

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

export type ByLocationQueryVariables = Exact<{
  location: string;
}>;


export type ByLocationQuery = { operation: { operationType: TeamsAsyncOperationType, targetResourceId: string | null, targetResourceLocation: string | null, id: string, location: string, state: OperationState } | null };

export type ListOperationsQueryVariables = Exact<{
  teamId: string | number;
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: OperationFilter | null | undefined;
  orderBy?: OperationOrder | null | undefined;
}>;


export type ListOperationsQuery = { operations: { edges: Array<{ cursor: string, node: { operationType: TeamsAsyncOperationType, id: string, state: OperationState, createdDateTime: string | null } | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type NodesQueryVariables = Exact<{
  id: string | number;
  ids: Array<string | number> | string | number;
}>;


export type NodesQuery = { node: { location: string, state: OperationState, id: string } | null, nodes: Array<{ location: string, state: OperationState, id: string } | null> };

export type OperationByIdFragment = { location: string, state: OperationState, id: string };

export type OneOperationQueryVariables = Exact<{
  teamId: string | number;
  operationId: string | number;
}>;


export type OneOperationQuery = { operation: { operationType: TeamsAsyncOperationType, status: TeamsAsyncOperationStatus, attemptsCount: number, targetResourceId: string | null, targetResourceLocation: string | null, id: string, operationId: string, location: string, state: OperationState, terminal: boolean, rawStatus: string, createdDateTime: string | null, lastActionDateTime: string | null, steps: Array<{ type: OperationStepType, reference: string, state: OperationState | null }>, error: { code: string | null, message: string | null } | null, freshness: { checkedAt: string, ageSeconds: number, nextCheckAt: string | null, delayedBy: CheckDelay | null }, history: Array<{ from: OperationState | null, to: OperationState, observedAt: string }> } | null };

export type WaitForOperationQueryVariables = Exact<{
  location: string;
  timeoutSeconds?: number | null | undefined;
}>;


export type WaitForOperationQuery = { waitForOperation: { id: string, state: OperationState, terminal: boolean, lastActionDateTime: string | null, error: { code: string | null, message: string | null } | null } };

export type WatchOperationSubscriptionVariables = Exact<{
  refs: Array<OperationRef> | OperationRef;
  after?: string | null | undefined;
}>;


export type WatchOperationSubscription = { operationStatusChanged: { reason: ChangeReason, from: OperationState | null, to: OperationState, observedAt: string, cursor: string, operation: { operationType: TeamsAsyncOperationType, attemptsCount: number, id: string, terminal: boolean, lastActionDateTime: string | null, error: { code: string | null, message: string | null } | null, freshness: { ageSeconds: number, nextCheckAt: string | null, delayedBy: CheckDelay | null } } } };

export type WatchTeamSubscriptionVariables = Exact<{
  teamId: string | number;
  filter?: OperationFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type WatchTeamSubscription = { hostOperationStatusChanged: { reason: ChangeReason, from: OperationState | null, to: OperationState, observedAt: string, cursor: string, operation: { operationType: TeamsAsyncOperationType, attemptsCount: number, id: string, operationId: string } } };

export const OperationByIdFragmentDoc = {"kind":"Document","definitions":[{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OperationById"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Node"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Operation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"location"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}}]}}]} as unknown as DocumentNode<OperationByIdFragment, unknown>;
export const ByLocationDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ByLocation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"location"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ref"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"location"},"value":{"kind":"Variable","name":{"kind":"Name","value":"location"}}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"location"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TeamsAsyncOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationType"}},{"kind":"Field","name":{"kind":"Name","value":"targetResourceId"}},{"kind":"Field","name":{"kind":"Name","value":"targetResourceLocation"}}]}}]}}]}}]} as unknown as DocumentNode<ByLocationQuery, ByLocationQueryVariables>;
export const ListOperationsDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"ListOperations"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"teamId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"first"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"OperationFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"OperationOrder"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operations"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"host"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"teamId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"teamId"}}}]}},{"kind":"Argument","name":{"kind":"Name","value":"first"},"value":{"kind":"Variable","name":{"kind":"Name","value":"first"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"orderBy"},"value":{"kind":"Variable","name":{"kind":"Name","value":"orderBy"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"edges"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"node"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"createdDateTime"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TeamsAsyncOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationType"}}]}}]}}]}},{"kind":"Field","name":{"kind":"Name","value":"pageInfo"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hasNextPage"}},{"kind":"Field","name":{"kind":"Name","value":"endCursor"}}]}}]}}]}}]} as unknown as DocumentNode<ListOperationsQuery, ListOperationsQueryVariables>;
export const NodesDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"Nodes"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"id"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"ids"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"node"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"id"},"value":{"kind":"Variable","name":{"kind":"Name","value":"id"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OperationById"}}]}},{"kind":"Field","name":{"kind":"Name","value":"nodes"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ids"},"value":{"kind":"Variable","name":{"kind":"Name","value":"ids"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"FragmentSpread","name":{"kind":"Name","value":"OperationById"}}]}}]}},{"kind":"FragmentDefinition","name":{"kind":"Name","value":"OperationById"},"typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Node"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"Operation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"location"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}}]}}]} as unknown as DocumentNode<NodesQuery, NodesQueryVariables>;
export const OneOperationDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"OneOperation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"teamId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"operationId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ref"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"team"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"hostId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"teamId"}}},{"kind":"ObjectField","name":{"kind":"Name","value":"operationId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"operationId"}}}]}}]}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"operationId"}},{"kind":"Field","name":{"kind":"Name","value":"location"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"terminal"}},{"kind":"Field","name":{"kind":"Name","value":"rawStatus"}},{"kind":"Field","name":{"kind":"Name","value":"createdDateTime"}},{"kind":"Field","name":{"kind":"Name","value":"lastActionDateTime"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}},{"kind":"Field","name":{"kind":"Name","value":"freshness"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"checkedAt"}},{"kind":"Field","name":{"kind":"Name","value":"ageSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"delayedBy"}}]}},{"kind":"Field","name":{"kind":"Name","value":"history"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"observedAt"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TeamsAsyncOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationType"}},{"kind":"Field","name":{"kind":"Name","value":"status"}},{"kind":"Field","name":{"kind":"Name","value":"attemptsCount"}},{"kind":"Field","name":{"kind":"Name","value":"targetResourceId"}},{"kind":"Field","name":{"kind":"Name","value":"targetResourceLocation"}},{"kind":"Field","name":{"kind":"Name","value":"steps"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"type"}},{"kind":"Field","name":{"kind":"Name","value":"reference"}},{"kind":"Field","name":{"kind":"Name","value":"state"}}]}}]}}]}}]}}]} as unknown as DocumentNode<OneOperationQuery, OneOperationQueryVariables>;
export const WaitForOperationDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"query","name":{"kind":"Name","value":"WaitForOperation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"location"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"timeoutSeconds"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"Int"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"waitForOperation"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"ref"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"location"},"value":{"kind":"Variable","name":{"kind":"Name","value":"location"}}}]}},{"kind":"Argument","name":{"kind":"Name","value":"timeoutSeconds"},"value":{"kind":"Variable","name":{"kind":"Name","value":"timeoutSeconds"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"state"}},{"kind":"Field","name":{"kind":"Name","value":"terminal"}},{"kind":"Field","name":{"kind":"Name","value":"lastActionDateTime"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}}]}}]}}]} as unknown as DocumentNode<WaitForOperationQuery, WaitForOperationQueryVariables>;
export const WatchOperationDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchOperation"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"refs"}},"type":{"kind":"NonNullType","type":{"kind":"ListType","type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"OperationRef"}}}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationStatusChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"refs"},"value":{"kind":"Variable","name":{"kind":"Name","value":"refs"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"observedAt"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"terminal"}},{"kind":"Field","name":{"kind":"Name","value":"lastActionDateTime"}},{"kind":"Field","name":{"kind":"Name","value":"error"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"code"}},{"kind":"Field","name":{"kind":"Name","value":"message"}}]}},{"kind":"Field","name":{"kind":"Name","value":"freshness"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"ageSeconds"}},{"kind":"Field","name":{"kind":"Name","value":"nextCheckAt"}},{"kind":"Field","name":{"kind":"Name","value":"delayedBy"}}]}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TeamsAsyncOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationType"}},{"kind":"Field","name":{"kind":"Name","value":"attemptsCount"}}]}}]}}]}}]}}]} as unknown as DocumentNode<WatchOperationSubscription, WatchOperationSubscriptionVariables>;
export const WatchTeamDocument = {"kind":"Document","definitions":[{"kind":"OperationDefinition","operation":"subscription","name":{"kind":"Name","value":"WatchTeam"},"variableDefinitions":[{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"teamId"}},"type":{"kind":"NonNullType","type":{"kind":"NamedType","name":{"kind":"Name","value":"ID"}}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"filter"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"OperationFilter"}}},{"kind":"VariableDefinition","variable":{"kind":"Variable","name":{"kind":"Name","value":"after"}},"type":{"kind":"NamedType","name":{"kind":"Name","value":"String"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"hostOperationStatusChanged"},"arguments":[{"kind":"Argument","name":{"kind":"Name","value":"host"},"value":{"kind":"ObjectValue","fields":[{"kind":"ObjectField","name":{"kind":"Name","value":"teamId"},"value":{"kind":"Variable","name":{"kind":"Name","value":"teamId"}}}]}},{"kind":"Argument","name":{"kind":"Name","value":"filter"},"value":{"kind":"Variable","name":{"kind":"Name","value":"filter"}}},{"kind":"Argument","name":{"kind":"Name","value":"after"},"value":{"kind":"Variable","name":{"kind":"Name","value":"after"}}}],"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"reason"}},{"kind":"Field","name":{"kind":"Name","value":"from"}},{"kind":"Field","name":{"kind":"Name","value":"to"}},{"kind":"Field","name":{"kind":"Name","value":"observedAt"}},{"kind":"Field","name":{"kind":"Name","value":"cursor"}},{"kind":"Field","name":{"kind":"Name","value":"operation"},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"id"}},{"kind":"Field","name":{"kind":"Name","value":"operationId"}},{"kind":"InlineFragment","typeCondition":{"kind":"NamedType","name":{"kind":"Name","value":"TeamsAsyncOperation"}},"selectionSet":{"kind":"SelectionSet","selections":[{"kind":"Field","name":{"kind":"Name","value":"operationType"}},{"kind":"Field","name":{"kind":"Name","value":"attemptsCount"}}]}}]}}]}}]}}]} as unknown as DocumentNode<WatchTeamSubscription, WatchTeamSubscriptionVariables>;