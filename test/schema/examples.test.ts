import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OperationTypeNode, parse, validate, type GraphQLSchema } from 'graphql';
import { createSchema } from '../../src/api/schema.js';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { DEMO } from '../../src/sandbox/demo.js';
import { openReady } from '../server/raw-socket.js';
import { startGateway, type TestGateway } from '../server/start-gateway.js';
import { advanceUntil, createFakeClock } from '../support/fake-clock.js';
import { readExamples } from './examples.js';

const EXAMPLES = readExamples();
const queries = EXAMPLES.filter(({ type }) => type === OperationTypeNode.QUERY);
const subscriptions = EXAMPLES.filter(({ type }) => type === OperationTypeNode.SUBSCRIPTION);

/** What each is answered when the operations that it names have ended; only the fields that show it found the right ones. */
const ANSWERS: Readonly<Record<string, object>> = {
  'by-location': { operation: { state: 'SUCCEEDED', operationType: 'CREATE_CHAT', targetResourceId: DEMO.chatId } },
  'list-operations': { operations: { edges: Array.from({ length: 3 }, () => ({ node: {} })) } },
  node: { node: { state: 'SUCCEEDED' }, nodes: [{ state: 'SUCCEEDED' }, { state: 'SUCCEEDED' }] },
  'one-operation': { operation: { terminal: true, operationType: 'CLONE_TEAM', operationId: DEMO.teamOperationId } },
  'wait-for-operation': { waitForOperation: { state: 'SUCCEEDED', terminal: true } },
};

describe('an example', () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await createSchema();
  });

  it('is there for each thing that can be asked', () => {
    expect(queries.map(({ name }) => name)).toEqual(Object.keys(ANSWERS));
    expect(subscriptions.map(({ name }) => name)).toEqual(['watch-operation', 'watch-team']);
  });

  it.each(EXAMPLES)('fits the schema, and says what it is for: $name', ({ query }) => {
    expect(validate(schema, parse(query))).toEqual([]);
    expect(query).toMatch(/^# \S/);
  });
});

describe('an example on the sandbox that has just begun', () => {
  const clock = createFakeClock(); // it has just begun, however long a test takes
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({}, { clock });
  });
  afterAll(() => gateway.stop());

  it.each(subscriptions)('is told the state now over a websocket: $name', async ({ name, query, variables }) => {
    const socket = await openReady(gateway.url);
    socket.send({ type: 'subscribe', id: name, payload: { query, variables } });

    const event = expect.objectContaining({ reason: 'SNAPSHOT', from: null, to: 'NOT_STARTED' });
    expect(await advanceUntil(clock, 1, socket.next())).toEqual({
      type: 'next',
      id: name,
      payload: { data: { [/(\w+StatusChanged)/.exec(query)?.[1] ?? '']: event } },
    });
    socket.close();
    await socket.closed;
  });
});

describe('an example on the sandbox some time later', () => {
  let aheadMs = 0;
  /** The machine's time, set forward: nobody waits for the demo's operations to end. */
  const clock: Clock = {
    now: () => systemClock.now() + aheadMs,
    wakeAt: (at, wake) => systemClock.wakeAt(at - aheadMs, wake),
  };
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({}, { clock });
    aheadMs = 90_000;
  });
  afterAll(() => gateway.stop());

  it.each(queries)('is answered over HTTP: $name', async ({ name, query, variables }) => {
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });

    expect(response.status).toBe(200);
    const answer: unknown = await response.json();
    expect(answer).not.toHaveProperty('errors');
    expect(answer).toMatchObject({ data: ANSWERS[name] ?? {}, extensions: { upstream: {} } });
  });

  it('tells a watcher the final state and completes', async () => {
    const [watch] = subscriptions;
    const socket = await openReady(gateway.url);
    socket.send({ type: 'subscribe', id: 'late', payload: { query: watch?.query, variables: watch?.variables } });

    expect(await socket.next()).toMatchObject({
      type: 'next',
      payload: { data: { operationStatusChanged: { reason: 'SNAPSHOT', to: 'SUCCEEDED' } } },
    });
    expect(await socket.next()).toEqual({ type: 'complete', id: 'late' });
    socket.close();
    await socket.closed;
  });
});
