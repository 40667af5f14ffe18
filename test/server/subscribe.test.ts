import { describe, expect, it } from '@jest/globals';
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isObjectType,
  parse,
  subscribe,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { readFileSync } from 'node:fs';
import { createSubscribe } from '../../src/server/subscribe.js';
import { readExamples } from '../schema/examples.js';

const schema = buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'));
const REF = { location: "/teams('a')/operations('1')" };
const EVENTS = [
  { reason: 'SNAPSHOT', from: null, to: 'RUNNING', cursor: 'one', observedAt: '2026-01-01T00:00:00Z' },
  { reason: 'no such reason', to: 'RUNNING' },
  new Error('This event is a failure.'),
  { reason: 'CHANGED', from: 'RUNNING', to: 'SUCCEEDED', cursor: 'two' },
];

interface Document {
  readonly what: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  /** What the stream is asked for with; nothing where it does not begin. */
  readonly begins?: object;
}

const DOCUMENTS: readonly Document[] = [
  ...readExamples()
    .filter(({ query }) => query.includes('subscription'))
    .map(({ name, query, variables }) => ({ what: `the example ${name}`, query, variables })),
  {
    what: 'refs that are written out, in a fragment',
    query: `subscription ($location: String) { ...F }
      fragment F on Subscription { operationStatusChanged(refs: [{ location: $location }, { id: "1" }]) { to } }`,
    variables: { location: REF.location },
    begins: { refs: [{ location: REF.location }, { id: '1' }] },
  },
  {
    what: 'one ref where a list is wanted, and flags below',
    query: `subscription ($refs: [OperationRef!]!, $all: Boolean = false, $few: Boolean!) {
      operationStatusChanged(refs: $refs) { to from @include(if: $all) cursor @include(if: $few) }
    }`,
    variables: { refs: REF, few: true },
    begins: { refs: [REF] },
  },
  {
    what: 'objects that must be there',
    query: `subscription ($host: OperationHost!, $filter: OperationFilter!) {
      hostOperationStatusChanged(host: $host, filter: $filter) { reason to }
    }`,
    variables: { host: { teamId: 'a' }, filter: { state: ['RUNNING', 'FAILED'] } },
    begins: { host: { teamId: 'a' }, filter: { state: ['RUNNING', 'FAILED'] } },
  },
  {
    what: 'variables that are wrong',
    query: 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { to } }',
    variables: { refs: [1, null] },
  },
  {
    what: 'a variable that is missing',
    query: 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { to } }',
  },
];

type Subscribe = (args: ExecutionArgs) => Promise<AsyncIterableIterator<ExecutionResult> | object>;

/** All that a client would hear, and what the stream was begun with. */
async function hear(implementation: Subscribe, { query, variables = {} }: Document) {
  const begun: unknown[] = [];
  const args: ExecutionArgs = {
    schema,
    document: parse(query),
    variableValues: structuredClone(variables),
    subscribeFieldResolver: (_root: unknown, given: unknown) => {
      begun.push(structuredClone(given));
      return eventsOf(EVENTS);
    },
    fieldResolver: (event: unknown, _args, _context, { fieldName, path }) => {
      if (path.prev !== undefined) return (event as Record<string, unknown>)[fieldName];
      if (event instanceof Error) throw event;
      return event;
    },
  };
  const result = await implementation(args);
  const heard: unknown[] = [];
  if (Symbol.asyncIterator in result) for await (const each of result) heard.push(JSON.parse(JSON.stringify(each)));
  else heard.push(JSON.parse(JSON.stringify(result)));
  return { heard, begun, args };
}

async function* eventsOf<T>(events: readonly T[]): AsyncGenerator<T> {
  yield* events;
  await Promise.resolve();
}

describe('a subscription is answered as GraphQL’s own would be', () => {
  it.each(DOCUMENTS)('with $what', async (document) => {
    const ours = await hear(createSubscribe(schema), document);
    const theirs = await hear(subscribe as Subscribe, document);

    expect(ours.heard).toEqual(theirs.heard);
    expect(ours.begun).toEqual(theirs.begun);
    if (document.begins !== undefined) expect(ours.begun).toMatchObject([document.begins]);
  });

  it('and a reader that leaves is told to its source', async () => {
    let left = false;
    const source = {
      next: () => new Promise<never>(() => undefined),
      return: () => Promise.resolve({ done: true as const, value: (left = true) }),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
    const results = await createSubscribe(schema)({
      schema,
      document: parse('subscription { operationStatusChanged(refs: []) { to } }'),
      subscribeFieldResolver: () => source,
    });
    if (!('return' in results)) throw new Error('There is no stream.');
    void results.next();
    expect(await results.return()).toEqual({ done: true, value: undefined });
    expect(left).toBe(true);
  });
});

describe('while a subscription runs', () => {
  it('nothing is kept of its lists and objects but what they need to be right', async () => {
    const { args } = await hear(createSubscribe(schema), {
      what: 'all',
      query: `subscription ($host: OperationHost!, $filter: OperationFilter, $after: String) {
        hostOperationStatusChanged(host: $host, filter: $filter, after: $after) { to }
      }`,
      variables: { host: { teamId: 'a' }, filter: { state: ['RUNNING'] }, after: 'here' },
    });
    expect(args.variableValues).toEqual({ host: { teamId: 'a' }, filter: {}, after: 'here' });
  });

  it('no field below it takes a list or an object, so none is missed', () => {
    expect(argumentsThatWouldBeMissed(schema)).toEqual([]);
  });
});

/** Of every type but the roots, which no event leads to. */
function argumentsThatWouldBeMissed(of: GraphQLSchema): readonly string[] {
  const roots = [of.getQueryType(), of.getMutationType(), of.getSubscriptionType()];
  return Object.values(of.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) || isIntrospectionType(type) || roots.includes(type)) return [];
    return Object.values(type.getFields()).flatMap((field) =>
      field.args
        .filter((each) => isListType(getNullableType(each.type)) || isInputObjectType(getNamedType(each.type)))
        .map((each) => `${type.name}.${field.name}(${each.name}:)`),
    );
  });
}
