/** The documents that every generator is given. */
export const QUERY = `query teamQuery($host: OperationHost!, $filter: OperationFilter) {
  operations(host: $host, first: 5, filter: $filter) {
    edges { node { id state createdDateTime ... on TeamsAsyncOperation { attemptsCount operationType } } }
  }
}`;
export const WATCH = `subscription teamWatchSubscription($refs: [OperationRef!]!) {
  operationStatusChanged(refs: $refs) { to operation { id error { code } } }
}`;

/** The same as QUERY, in genql's words: it has no documents. */
const GENQL_SELECTION = `{ operations: {
  __args: { host: { teamId: '1' }, first: 5 },
  edges: { node: { id: true, state: true, createdDateTime: true, on_TeamsAsyncOperation: { attemptsCount: true, operationType: true } } },
} } as const satisfies QueryGenqlSelection`;

/** A module `types.ts` for each: what its users would take from what was generated, under the names that USES imports. */
export const TYPES = {
  'client-preset': `
    import type { TeamQueryQuery, TeamQueryQueryVariables, TeamWatchSubscriptionSubscriptionVariables } from './generated/graphql.js';
    export type Data = TeamQueryQuery;
    export type Variables = TeamQueryQueryVariables;
    export type WatchVariables = TeamWatchSubscriptionSubscriptionVariables;`,
  'gql-tada': `
    import { initGraphQLTada, type ResultOf, type VariablesOf } from 'gql.tada';
    import type { introspection } from './generated/schema.js';
    const graphql = initGraphQLTada<{ introspection: introspection; scalars: { DateTime: string } }>();
    export const query = graphql(\`${QUERY}\`);
    export const watch = graphql(\`${WATCH}\`);
    export type Data = ResultOf<typeof query>;
    export type Variables = VariablesOf<typeof query>;
    export type WatchVariables = VariablesOf<typeof watch>;`,
  genql: `
    import { createClient, type FieldsSelection, type Query, type QueryGenqlSelection, type SubscriptionGenqlSelection } from './generated/index.js';
    export const selection = ${GENQL_SELECTION};
    export const answer: Promise<Data> = createClient({ url: 'http://localhost:4000/graphql' }).query(selection);
    export type Data = FieldsSelection<Query, typeof selection>;
    export type Variables = NonNullable<QueryGenqlSelection['operations']>['__args'];
    export type WatchVariables = NonNullable<SubscriptionGenqlSelection['operationStatusChanged']>['__args'];`,
  'relay-compiler': `
    import type { teamQuery$data, teamQuery$variables } from './generated/teamQuery.graphql.js';
    import type { teamWatchSubscription$variables } from './generated/teamWatchSubscription.graphql.js';
    export type Data = teamQuery$data;
    export type Variables = teamQuery$variables;
    export type WatchVariables = teamWatchSubscription$variables;`,
} as const;

export type Generator = keyof typeof TYPES;

const IMPORTS = `import type { Data, Variables, WatchVariables } from './types.js';`;

/** A ref and a host of every form, a date that is text, and what only operations of Teams have. */
export const RIGHT = `${IMPORTS}
export const ofTeam: Variables = {
  host: { teamId: '1' },
  filter: { state: ['RUNNING', 'UNKNOWN'], createdDateTime: { from: '2026-01-31T08:15:30Z' } },
};
export const ofChat: Variables = { host: { chatId: '1' } };
export const ofLocation: Variables = { host: { location: '/teams/1' } };
export const watched: WatchVariables = {
  refs: [
    { id: '1' },
    { location: '/' },
    { team: { hostId: '1', operationId: '2' } },
    { chat: { hostId: '1', operationId: '2' } },
  ],
};
export function archivedOn(data: Data): string[] {
  return data.operations.edges.flatMap(({ node }) => {
    if (node == null || node.state !== 'SUCCEEDED' || node.operationType !== 'ARCHIVE_TEAM') return [];
    const attempts: number | undefined = node.attemptsCount;
    const created: string | null | undefined = node.createdDateTime;
    return [\`\${node.id} \${attempts} \${created?.slice(0, 10)}\`];
  });
}`;

const first = 'data.operations.edges[0]?.node';

/** Each alone is to be refused by the compiler. */
export const MISTAKES = {
  'a field that is misspelt': `export const read = (data: Data) => ${first}?.sate;`,
  'a field that was not asked for': `export const read = (data: Data) => ${first}?.rawStatus;`,
  'a node that may be null': `export const read = (data: Data) => data.operations.edges.map(({ node }) => node.id);`,
  'a state of no enum': `export const ended = (data: Data) => ${first}?.state === 'DONE';`,
  'a date that is taken for a Date': `export const day = (data: Data) => ${first}?.createdDateTime?.getDay();`,
  'a filter by a state of no enum': `export const given: Variables = { host: { teamId: '1' }, filter: { state: ['DONE'] } };`,
  'a filter that there is not': `export const given: Variables = { host: { teamId: '1' }, filter: { name: 'x' } };`,
  'a date that is a number': `export const given: Variables = { host: { teamId: '1' }, filter: { createdDateTime: { from: 0 } } };`,
  'no host': `export const given: Variables = {};`,
  'a ref without its operation': `export const given: WatchVariables = { refs: [{ team: { hostId: '1' } }] };`,
  'two hosts for one': `export const given: Variables = { host: { teamId: '1', chatId: '2' } };`,
  'a ref of nothing': `export const given: WatchVariables = { refs: [{}] };`,
} as const;

export function mistakeModule(code: string): string {
  return `${IMPORTS}\n${code}\n`;
}
