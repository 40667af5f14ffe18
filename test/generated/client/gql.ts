/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query ByLocation($location: String!) {\n  operation(ref: {location: $location}) {\n    id\n    location\n    state\n    ... on TeamsAsyncOperation {\n      operationType\n      targetResourceId\n      targetResourceLocation\n    }\n  }\n}": typeof types.ByLocationDocument,
    "query ListOperations($teamId: ID!, $first: Int, $after: String, $filter: OperationFilter, $orderBy: OperationOrder) {\n  operations(\n    host: {teamId: $teamId}\n    first: $first\n    after: $after\n    filter: $filter\n    orderBy: $orderBy\n  ) {\n    edges {\n      cursor\n      node {\n        id\n        state\n        createdDateTime\n        ... on TeamsAsyncOperation {\n          operationType\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": typeof types.ListOperationsDocument,
    "query Nodes($id: ID!, $ids: [ID!]!) {\n  node(id: $id) {\n    ...OperationById\n  }\n  nodes(ids: $ids) {\n    ...OperationById\n  }\n}\n\nfragment OperationById on Node {\n  id\n  ... on Operation {\n    location\n    state\n  }\n}": typeof types.NodesDocument,
    "query OneOperation($teamId: ID!, $operationId: ID!) {\n  operation(ref: {team: {hostId: $teamId, operationId: $operationId}}) {\n    id\n    operationId\n    location\n    state\n    terminal\n    rawStatus\n    createdDateTime\n    lastActionDateTime\n    error {\n      code\n      message\n    }\n    freshness {\n      checkedAt\n      ageSeconds\n      nextCheckAt\n      delayedBy\n    }\n    history {\n      from\n      to\n      observedAt\n    }\n    ... on TeamsAsyncOperation {\n      operationType\n      status\n      attemptsCount\n      targetResourceId\n      targetResourceLocation\n      steps {\n        type\n        reference\n        state\n      }\n    }\n  }\n}": typeof types.OneOperationDocument,
    "query WaitForOperation($location: String!, $timeoutSeconds: Int) {\n  waitForOperation(ref: {location: $location}, timeoutSeconds: $timeoutSeconds) {\n    id\n    state\n    terminal\n    lastActionDateTime\n    error {\n      code\n      message\n    }\n  }\n}": typeof types.WaitForOperationDocument,
    "subscription WatchOperation($refs: [OperationRef!]!, $after: String) {\n  operationStatusChanged(refs: $refs, after: $after) {\n    reason\n    from\n    to\n    observedAt\n    cursor\n    operation {\n      id\n      terminal\n      lastActionDateTime\n      error {\n        code\n        message\n      }\n      freshness {\n        ageSeconds\n        nextCheckAt\n        delayedBy\n      }\n      ... on TeamsAsyncOperation {\n        operationType\n        attemptsCount\n      }\n    }\n  }\n}": typeof types.WatchOperationDocument,
    "subscription WatchTeam($teamId: ID!, $filter: OperationFilter, $after: String) {\n  hostOperationStatusChanged(\n    host: {teamId: $teamId}\n    filter: $filter\n    after: $after\n  ) {\n    reason\n    from\n    to\n    observedAt\n    cursor\n    operation {\n      id\n      operationId\n      ... on TeamsAsyncOperation {\n        operationType\n        attemptsCount\n      }\n    }\n  }\n}": typeof types.WatchTeamDocument,
};
const documents: Documents = {
    "query ByLocation($location: String!) {\n  operation(ref: {location: $location}) {\n    id\n    location\n    state\n    ... on TeamsAsyncOperation {\n      operationType\n      targetResourceId\n      targetResourceLocation\n    }\n  }\n}": types.ByLocationDocument,
    "query ListOperations($teamId: ID!, $first: Int, $after: String, $filter: OperationFilter, $orderBy: OperationOrder) {\n  operations(\n    host: {teamId: $teamId}\n    first: $first\n    after: $after\n    filter: $filter\n    orderBy: $orderBy\n  ) {\n    edges {\n      cursor\n      node {\n        id\n        state\n        createdDateTime\n        ... on TeamsAsyncOperation {\n          operationType\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": types.ListOperationsDocument,
    "query Nodes($id: ID!, $ids: [ID!]!) {\n  node(id: $id) {\n    ...OperationById\n  }\n  nodes(ids: $ids) {\n    ...OperationById\n  }\n}\n\nfragment OperationById on Node {\n  id\n  ... on Operation {\n    location\n    state\n  }\n}": types.NodesDocument,
    "query OneOperation($teamId: ID!, $operationId: ID!) {\n  operation(ref: {team: {hostId: $teamId, operationId: $operationId}}) {\n    id\n    operationId\n    location\n    state\n    terminal\n    rawStatus\n    createdDateTime\n    lastActionDateTime\n    error {\n      code\n      message\n    }\n    freshness {\n      checkedAt\n      ageSeconds\n      nextCheckAt\n      delayedBy\n    }\n    history {\n      from\n      to\n      observedAt\n    }\n    ... on TeamsAsyncOperation {\n      operationType\n      status\n      attemptsCount\n      targetResourceId\n      targetResourceLocation\n      steps {\n        type\n        reference\n        state\n      }\n    }\n  }\n}": types.OneOperationDocument,
    "query WaitForOperation($location: String!, $timeoutSeconds: Int) {\n  waitForOperation(ref: {location: $location}, timeoutSeconds: $timeoutSeconds) {\n    id\n    state\n    terminal\n    lastActionDateTime\n    error {\n      code\n      message\n    }\n  }\n}": types.WaitForOperationDocument,
    "subscription WatchOperation($refs: [OperationRef!]!, $after: String) {\n  operationStatusChanged(refs: $refs, after: $after) {\n    reason\n    from\n    to\n    observedAt\n    cursor\n    operation {\n      id\n      terminal\n      lastActionDateTime\n      error {\n        code\n        message\n      }\n      freshness {\n        ageSeconds\n        nextCheckAt\n        delayedBy\n      }\n      ... on TeamsAsyncOperation {\n        operationType\n        attemptsCount\n      }\n    }\n  }\n}": types.WatchOperationDocument,
    "subscription WatchTeam($teamId: ID!, $filter: OperationFilter, $after: String) {\n  hostOperationStatusChanged(\n    host: {teamId: $teamId}\n    filter: $filter\n    after: $after\n  ) {\n    reason\n    from\n    to\n    observedAt\n    cursor\n    operation {\n      id\n      operationId\n      ... on TeamsAsyncOperation {\n        operationType\n        attemptsCount\n      }\n    }\n  }\n}": types.WatchTeamDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ByLocation($location: String!) {\n  operation(ref: {location: $location}) {\n    id\n    location\n    state\n    ... on TeamsAsyncOperation {\n      operationType\n      targetResourceId\n      targetResourceLocation\n    }\n  }\n}"): typeof import('./graphql.js').ByLocationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ListOperations($teamId: ID!, $first: Int, $after: String, $filter: OperationFilter, $orderBy: OperationOrder) {\n  operations(\n    host: {teamId: $teamId}\n    first: $first\n    after: $after\n    filter: $filter\n    orderBy: $orderBy\n  ) {\n    edges {\n      cursor\n      node {\n        id\n        state\n        createdDateTime\n        ... on TeamsAsyncOperation {\n          operationType\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}"): typeof import('./graphql.js').ListOperationsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Nodes($id: ID!, $ids: [ID!]!) {\n  node(id: $id) {\n    ...OperationById\n  }\n  nodes(ids: $ids) {\n    ...OperationById\n  }\n}\n\nfragment OperationById on Node {\n  id\n  ... on Operation {\n    location\n    state\n  }\n}"): typeof import('./graphql.js').NodesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query OneOperation($teamId: ID!, $operationId: ID!) {\n  operation(ref: {team: {hostId: $teamId, operationId: $operationId}}) {\n    id\n    operationId\n    location\n    state\n    terminal\n    rawStatus\n    createdDateTime\n    lastActionDateTime\n    error {\n      code\n      message\n    }\n    freshness {\n      checkedAt\n      ageSeconds\n      nextCheckAt\n      delayedBy\n    }\n    history {\n      from\n      to\n      observedAt\n    }\n    ... on TeamsAsyncOperation {\n      operationType\n      status\n      attemptsCount\n      targetResourceId\n      targetResourceLocation\n      steps {\n        type\n        reference\n        state\n      }\n    }\n  }\n}"): typeof import('./graphql.js').OneOperationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query WaitForOperation($location: String!, $timeoutSeconds: Int) {\n  waitForOperation(ref: {location: $location}, timeoutSeconds: $timeoutSeconds) {\n    id\n    state\n    terminal\n    lastActionDateTime\n    error {\n      code\n      message\n    }\n  }\n}"): typeof import('./graphql.js').WaitForOperationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription WatchOperation($refs: [OperationRef!]!, $after: String) {\n  operationStatusChanged(refs: $refs, after: $after) {\n    reason\n    from\n    to\n    observedAt\n    cursor\n    operation {\n      id\n      terminal\n      lastActionDateTime\n      error {\n        code\n        message\n      }\n      freshness {\n        ageSeconds\n        nextCheckAt\n        delayedBy\n      }\n      ... on TeamsAsyncOperation {\n        operationType\n        attemptsCount\n      }\n    }\n  }\n}"): typeof import('./graphql.js').WatchOperationDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription WatchTeam($teamId: ID!, $filter: OperationFilter, $after: String) {\n  hostOperationStatusChanged(\n    host: {teamId: $teamId}\n    filter: $filter\n    after: $after\n  ) {\n    reason\n    from\n    to\n    observedAt\n    cursor\n    operation {\n      id\n      operationId\n      ... on TeamsAsyncOperation {\n        operationType\n        attemptsCount\n      }\n    }\n  }\n}"): typeof import('./graphql.js').WatchTeamDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
