import { afterEach, describe, expect, it } from '@jest/globals';
import { createWaits } from '../../src/api/waits.js';
import { LimitError } from '../../src/operation/failure.js';
import { metricsOf, refusalsOf } from '../server/metrics.js';
import { openReady } from '../server/raw-socket.js';
import { sandboxOf, startGateway, startGatewayOfGraph, type TestGateway } from '../server/start-gateway.js';

const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
const LIST =
  'query ($host: OperationHost!, $first: Int) { operations(host: $host, first: $first) { edges { cursor } } }';
const WAIT =
  'query ($ref: OperationRef!, $seconds: Int) { waitForOperation(ref: $ref, timeoutSeconds: $seconds) { state } }';
const WATCH = 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { to } }';

const TEAM = { teamId: '7ea00000-0000-4000-8000-000000000001' };

interface Answer {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

describe('what one request may ask for', () => {
  const gateways: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
  });
  const start = async (environment: Readonly<Record<string, string>>): Promise<TestGateway> => {
    const gateway = await startGateway(environment);
    gateways.push(gateway);
    return gateway;
  };
  const ask = async (
    { url }: { readonly url: string },
    query: string,
    variables: object,
    { token, signal = null }: { token?: string; signal?: AbortSignal | null } = {},
  ): Promise<Answer> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
      signal,
    });
    return (await response.json()) as Answer;
  };
  const exceeds = (limit: string, said: RegExp): object => ({
    errors: [{ message: expect.stringMatching(said), extensions: { code: 'LIMIT_EXCEEDED', limit } }],
  });

  it('is so many ids', async () => {
    const gateway = await start({ MAX_IDS: '3' });
    const { location } = sandboxOf(gateway).begin();
    const { data } = (await ask(gateway, 'query ($ref: OperationRef!) { operation(ref: $ref) { id } }', {
      ref: { location },
    })) as { data: { operation: { id: string } } };
    const { id } = data.operation;
    expect(await ask(gateway, NODES, { ids: [id, id, id] })).toMatchObject({
      data: { nodes: [{ id }, { id }, { id }] },
    });
    expect(await ask(gateway, NODES, { ids: [id, id, id, id] })).toMatchObject(
      exceeds('IDS', /3 ids at most; it is 4/),
    );
    expect(await refusalsOf(gateway, 'IDS')).toBe(1);
  });

  it('is a page of so many operations', async () => {
    const gateway = await start({ MAX_PAGE_SIZE: '20' });
    expect(await ask(gateway, LIST, { host: TEAM, first: 20 })).not.toHaveProperty('errors');
    expect(await ask(gateway, LIST, { host: TEAM, first: 21 })).toMatchObject(
      exceeds('PAGE_SIZE', /20 operations at most; it is 21/),
    );
    expect(await ask(gateway, LIST, { host: TEAM, first: 2_147_483_647 })).toMatchObject(exceeds('PAGE_SIZE', /20/));
    expect(await refusalsOf(gateway, 'PAGE_SIZE')).toBe(2);
    for (const first of [0, -1]) {
      expect(await ask(gateway, LIST, { host: TEAM, first })).toMatchObject({
        errors: [{ message: `\`first\` must be at least 1; it is ${first}.`, extensions: { code: 'BAD_USER_INPUT' } }],
      });
    }
  });

  it('is a subscription of so many operations', async () => {
    const gateway = await start({ MAX_REFS: '2' });
    const refs = Array.from({ length: 3 }, () => ({ location: sandboxOf(gateway).begin().location }));
    const socket = await openReady(gateway.url);
    socket.send({ type: 'subscribe', id: 'few', payload: { query: WATCH, variables: { refs: refs.slice(1) } } });
    expect(await socket.next()).toMatchObject({ type: 'next', id: 'few' });
    expect(await socket.next()).toMatchObject({ type: 'next', id: 'few' });
    socket.send({ type: 'subscribe', id: 'many', payload: { query: WATCH, variables: { refs } } });
    const refused = exceeds('REFS', /2 operations at most; it is 3/);
    expect(await socket.next()).toMatchObject({ id: 'many', payload: refused });
    expect(await socket.next()).toEqual({ type: 'complete', id: 'many' });
    expect(await refusalsOf(gateway, 'REFS')).toBe(1);
    socket.send({ type: 'subscribe', id: 'none', payload: { query: WATCH, variables: { refs: [] } } });
    expect(await socket.next()).toMatchObject({ payload: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } });
    socket.close();
  });

  it('is to wait for so long', async () => {
    const gateway = await start({ MAX_WAIT_SECONDS: '60' });
    const ref = { location: sandboxOf(gateway).begin().location };
    expect(await ask(gateway, WAIT, { ref, seconds: 0 })).toMatchObject({ data: { waitForOperation: {} } });
    expect(await ask(gateway, WAIT, { ref, seconds: 61 })).toMatchObject(
      exceeds('WAIT_SECONDS', /60 seconds at most; it is 61/),
    );
    expect(await ask(gateway, WAIT, { ref, seconds: -1 })).toMatchObject({
      errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
    });
    expect(await refusalsOf(gateway, 'WAIT_SECONDS')).toBe(1);
  });

  it('is to wait for so many at a time, each alias being one; whoever goes makes room', async () => {
    const gateway = await start({ MAX_WAITS_PER_CALLER: '2' });
    const ref = { location: sandboxOf(gateway).begin({ life: { stalls: true } }).location };
    const thrice = `query ($ref: OperationRef!) {
      ${['a', 'b', 'c'].map((alias) => `${alias}: waitForOperation(ref: $ref, timeoutSeconds: 0) { state }`).join('\n')}
    }`;
    expect(await ask(gateway, thrice, { ref })).toMatchObject(exceeds('WAITS_PER_CALLER', /2 operations at a time/));

    const gone = new AbortController();
    const waiting = [1, 2].map(() => ask(gateway, WAIT, { ref, seconds: 60 }, gone));
    const left = Promise.allSettled(waiting);
    await waitersAre(gateway, 2);
    expect(await ask(gateway, WAIT, { ref, seconds: 0 })).toMatchObject(exceeds('WAITS_PER_CALLER', /2/));
    expect(await ask(gateway, LIST, { host: TEAM })).not.toHaveProperty('errors');
    gone.abort();
    await left;
    await waitersAre(gateway, 0);
    expect(await ask(gateway, WAIT, { ref, seconds: 0 })).toMatchObject({ data: { waitForOperation: {} } });
    expect(await refusalsOf(gateway, 'WAITS_PER_CALLER')).toBe(2);
  });

  it('is to wait while not too many others do', async () => {
    const running = await startGatewayOfGraph({ MAX_WAITS: '1' });
    gateways.push(running);
    const { gateway, graph } = running;
    const other = 'token-of-another';
    graph.addToken(other, graph.demoUser);
    const ref = { location: graph.begin({ life: { stalls: true } }).location };
    const gone = new AbortController();
    const waiting = ask(gateway, WAIT, { ref, seconds: 60 }, { token: graph.demoToken, signal: gone.signal });
    const left = Promise.allSettled([waiting]);
    await waitersAre(gateway, 1);
    expect(await ask(gateway, WAIT, { ref, seconds: 0 }, { token: other })).toMatchObject(exceeds('WAITS', /keeps 1 /));
    expect(await refusalsOf(gateway, 'WAITS')).toBe(1);
    gone.abort();
    await left;
  });
});

/** Resolves when so many calls of waitForOperation wait; each look is a request of its own, so nothing is slept. */
async function waitersAre(gateway: TestGateway, count: number): Promise<void> {
  while ((await metricsOf(gateway)).get('gateway_waits') !== count);
}

describe('waits', () => {
  const limitOf = (begin: () => unknown): string | null => {
    try {
      begin();
    } catch (error) {
      if (error instanceof LimitError) return error.limit;
      throw error;
    }
    return null;
  };

  it('are counted by caller and in all, until they end', () => {
    const waits = createWaits({ waits: 3, waitsPerCaller: 2 });
    const ends = [waits.begin('one'), waits.begin('one')];
    expect(limitOf(() => waits.begin('one'))).toBe('WAITS_PER_CALLER');
    ends.push(waits.begin('two'));
    expect(limitOf(() => waits.begin('two'))).toBe('WAITS');
    expect(limitOf(() => waits.begin('three'))).toBe('WAITS');
    expect(waits.count).toBe(3);
    for (const end of ends) end();
    expect(waits.count).toBe(0);
    expect(limitOf(() => [waits.begin('one'), waits.begin('one')])).toBeNull();
  });
});
