/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const OperationByIdFragmentDoc = new TypedDocumentString(`
    fragment OperationById on Node {
  id
  ... on Operation {
    location
    state
  }
}
    `, {"fragmentName":"OperationById"}) as unknown as TypedDocumentString<OperationByIdFragment, unknown>;
export const ByLocationDocument = new TypedDocumentString(`
    query ByLocation($location: String!) {
  operation(ref: {location: $location}) {
    id
    location
    state
    ... on TeamsAsyncOperation {
      operationType
      targetResourceId
      targetResourceLocation
    }
  }
}
    `, {"hash":"sha256:73aa1457c9082fd11cf440fd03bbf33328f44ee8ad6dc0c2566ac64279d2fd71"}) as unknown as TypedDocumentString<ByLocationQuery, ByLocationQueryVariables>;
export const ListOperationsDocument = new TypedDocumentString(`
    query ListOperations($teamId: ID!, $first: Int, $after: String, $filter: OperationFilter, $orderBy: OperationOrder) {
  operations(
    host: {teamId: $teamId}
    first: $first
    after: $after
    filter: $filter
    orderBy: $orderBy
  ) {
    edges {
      cursor
      node {
        id
        state
        createdDateTime
        ... on TeamsAsyncOperation {
          operationType
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"sha256:d891c187e20b97c924da430b2c7117a493252c78e4f9c6dd4aea0648e9db5fe7"}) as unknown as TypedDocumentString<ListOperationsQuery, ListOperationsQueryVariables>;
export const NodesDocument = new TypedDocumentString(`
    query Nodes($id: ID!, $ids: [ID!]!) {
  node(id: $id) {
    ...OperationById
  }
  nodes(ids: $ids) {
    ...OperationById
  }
}
    fragment OperationById on Node {
  id
  ... on Operation {
    location
    state
  }
}`, {"hash":"sha256:0e4ff98cb681af97ec4572abd80bf94204c10cbd81b34d316dec95f3ae8b8f82"}) as unknown as TypedDocumentString<NodesQuery, NodesQueryVariables>;
export const OneOperationDocument = new TypedDocumentString(`
    query OneOperation($teamId: ID!, $operationId: ID!) {
  operation(ref: {team: {hostId: $teamId, operationId: $operationId}}) {
    id
    operationId
    location
    state
    terminal
    rawStatus
    createdDateTime
    lastActionDateTime
    error {
      code
      message
    }
    freshness {
      checkedAt
      ageSeconds
      nextCheckAt
      delayedBy
    }
    history {
      from
      to
      observedAt
    }
    ... on TeamsAsyncOperation {
      operationType
      status
      attemptsCount
      targetResourceId
      targetResourceLocation
      steps {
        type
        reference
        state
      }
    }
  }
}
    `, {"hash":"sha256:4b1b56f7dc8320e6c87b58766068705652ee629c1afc3ee765034c60c34c2082"}) as unknown as TypedDocumentString<OneOperationQuery, OneOperationQueryVariables>;
export const WaitForOperationDocument = new TypedDocumentString(`
    query WaitForOperation($location: String!, $timeoutSeconds: Int) {
  waitForOperation(ref: {location: $location}, timeoutSeconds: $timeoutSeconds) {
    id
    state
    terminal
    lastActionDateTime
    error {
      code
      message
    }
  }
}
    `, {"hash":"sha256:a9ace99440ba391e643d274b52460104093239ea8bf7cf19f20abe606897602c"}) as unknown as TypedDocumentString<WaitForOperationQuery, WaitForOperationQueryVariables>;
export const WatchOperationDocument = new TypedDocumentString(`
    subscription WatchOperation($refs: [OperationRef!]!, $after: String) {
  operationStatusChanged(refs: $refs, after: $after) {
    reason
    from
    to
    observedAt
    cursor
    operation {
      id
      terminal
      lastActionDateTime
      error {
        code
        message
      }
      freshness {
        ageSeconds
        nextCheckAt
        delayedBy
      }
      ... on TeamsAsyncOperation {
        operationType
        attemptsCount
      }
    }
  }
}
    `, {"hash":"sha256:ae158a6cb1b0e3cf8b60c35cdeab14d81260a1e865ae5e5af88a6020270bf815"}) as unknown as TypedDocumentString<WatchOperationSubscription, WatchOperationSubscriptionVariables>;
export const WatchTeamDocument = new TypedDocumentString(`
    subscription WatchTeam($teamId: ID!, $filter: OperationFilter, $after: String) {
  hostOperationStatusChanged(
    host: {teamId: $teamId}
    filter: $filter
    after: $after
  ) {
    reason
    from
    to
    observedAt
    cursor
    operation {
      id
      operationId
      ... on TeamsAsyncOperation {
        operationType
        attemptsCount
      }
    }
  }
}
    `, {"hash":"sha256:ef012b909e2d01210aed3c16aedbb69def6bcf8003e731b9a1e483749dada22c"}) as unknown as TypedDocumentString<WatchTeamSubscription, WatchTeamSubscriptionVariables>;