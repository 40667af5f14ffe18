import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { type OperationHost, type OperationRef } from '../../src/client/client.js';
import { toOperationsError } from '../../src/client/operations-error.js';
import { readUrl, spoken, type ClientOptions } from '../../src/client/options.js';
import { closeAfterTest } from '../support/gateway.js';
import { startSandbox } from '../../src/sandbox/server.js';
import { systemClock } from '../../src/lib/clock.js';
import { systemRandom } from '../../src/lib/random.js';
import { connect, next, REF, startWatched } from './support.js';

describe('what is wrong', () => {
  it('with a ref is said as the gateway says it', async () => {
    const { gateway } = await startWatched();
    const client = connect(gateway);
    const elsewhere = { location: 'https://graph.example/teams/sales/operations/archiving' };
    await expect(next(client.trackOperation(elsewhere))).rejects.toMatchObject({
      name: 'OperationsError',
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('location'),
    });
    const nothing = {} as OperationRef;
    await expect(client.waitForOperation(nothing)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('with a ref or a host that is none is said before anything is asked', () => {
    const client = connect({ url: 'ws://127.0.0.1:1' });
    const text = '/teams/sales/operations/archiving' as unknown;
    expect(() => client.trackOperation(text as OperationRef)).toThrow(
      "ref is no object: give one, such as { location: '/teams/…/operations/…' }.",
    );
    expect(() => client.trackHost(null as unknown as OperationHost)).toThrow("such as { teamId: '…' }");
    expect(client.connections).toEqual([]);
  });

  it('with a cursor is said', async () => {
    const { gateway } = await startWatched();
    const changes = connect(gateway).trackOperation(REF, { after: 'made up' });
    await expect(next(changes)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('not a cursor'),
    });
  });

  it('at Graph has all that helps to ask Microsoft', async () => {
    const { gateway, graph } = await startWatched();
    graph.allow(() => false);
    await expect(next(connect(gateway).trackOperation(REF))).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('has the id that Graph gave to the request', async () => {
    const sandbox = closeAfterTest(await startSandbox({ clock: systemClock, random: systemRandom, limits: 'none' }));
    const { gateway } = await startWatched({ graphUrl: sandbox.url });
    const { location } = sandbox.begin();
    await expect(connect(gateway).waitForOperation({ location })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('with a bound of the gateway has its name', async () => {
    const { gateway } = await startWatched({ environment: { MAX_SUBSCRIPTIONS_PER_SOCKET: '1' } });
    const client = connect(gateway);
    await next(client.trackOperation(REF));
    await expect(next(client.trackOperation(REF))).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      limit: 'SUBSCRIPTIONS_PER_SOCKET',
    });
  });

  it('with the path of the address is said', async () => {
    const { gateway } = await startWatched();
    const waiting = connect({ url: `${gateway.url}/elsewhere` }, { retryAttempts: 0 }).waitForOperation(REF);
    await expect(waiting).rejects.toMatchObject({
      code: 'CONNECTION_FAILED',
      message: expect.stringMatching(/^There is no gateway to talk to at ws:.*\/elsewhere: .*404$/),
    });
  });

  it('with a page that the gateway does not let in is said, as far as a page can know', () => {
    const had = Object.getOwnPropertyDescriptor(globalThis, 'location');
    const messageAt = (page: string): string => {
      Object.defineProperty(globalThis, 'location', { value: new URL(page), configurable: true });
      return toOperationsError(new Event('error'), 'ws://localhost:4000/graphql').message; // all that a browser tells
    };
    try {
      const nobody = 'There is no gateway to talk to at ws://localhost:4000/graphql.';
      expect(messageAt('http://localhost:4000/app')).toBe(nobody);
      expect(messageAt('http://localhost:5173/app')).toBe(
        `${nobody} Or there is, and it does not let in pages of http://localhost:5173: ALLOWED_ORIGINS of the gateway has to name that.`,
      );
    } finally {
      Reflect.deleteProperty(globalThis, 'location');
      if (had !== undefined) Object.defineProperty(globalThis, 'location', had);
    }
  });

  it.each<{ options: Partial<ClientOptions>; message: string }>([
    { options: { url: 'ftp://gateway.example' }, message: 'url begins with ftp:// and cannot be used' },
    { options: { url: 'gateway' }, message: 'url cannot be read' },
    { options: { retryAttempts: -1 }, message: 'retryAttempts is -1: it is a whole number from 0, or Infinity.' },
    { options: { webSocketImpl: {} as never }, message: 'webSocketImpl is no WebSocket' },
  ])('with $options is said at once', ({ options, message }) => {
    expect(() => connect({ url: 'ws://127.0.0.1:1' }, options)).toThrow(message);
  });

  it('with a runtime that has no WebSocket is said with what would help', () => {
    const had = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    Reflect.deleteProperty(globalThis, 'WebSocket');
    try {
      const without = { webSocketImpl: undefined };
      expect(() => connect({ url: 'ws://127.0.0.1:1' }, without)).toThrow(/npm install ws.*webSocketImpl/);
    } finally {
      if (had !== undefined) Object.defineProperty(globalThis, 'WebSocket', had);
    }
  });

  it('with the way to an address has nothing else of the address in it', async () => {
    const url = 'ws://nora:pass-of-nora@127.0.0.1:1/graphql?key=key-of-nora';
    const failed = connect({ url }, { retryAttempts: 0 }).waitForOperation(REF);
    const error: unknown = await failed.catch((problem: unknown) => problem);
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED', cause: { code: 'ECONNREFUSED' } });
    expect(inspect(error, { depth: 9 })).not.toMatch(/(pass|key)-of-nora/);
  });
});

describe('an address', () => {
  it.each([
    { given: 'http://localhost:4000', read: 'ws://localhost:4000/graphql' },
    { given: 'https://gateway.example/', read: 'wss://gateway.example/graphql' },
    { given: 'wss://gateway.example/behind/a/proxy', read: 'wss://gateway.example/behind/a/proxy' },
    { given: new URL('ws://localhost:4000/graphql?v=1#top'), read: 'ws://localhost:4000/graphql?v=1' },
  ])('$given is $read', ({ given, read }) => {
    expect(readUrl(given).href).toBe(read);
  });

  it('is said without what a password or a query in it might tell', () => {
    expect(spoken(readUrl('https://user:word@gateway.example/graphql?key=1'))).toBe('wss://gateway.example/graphql');
  });
});
