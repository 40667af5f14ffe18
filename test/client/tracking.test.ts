import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { trackHost, trackOperation } from '../../src/client/client.js';
import { TOKEN } from '../support/gateway.js';
import { until } from '../support/until.js';
import { connect, next, readAll, REF, startWatched } from './support.js';
import { told } from './told.js';

describe('an operation that is tracked', () => {
  it('brings the state now, then each change, and is over with the terminal one', async () => {
    const { gateway, put } = await startWatched();
    const seen: string[] = [];
    for await (const change of trackOperation({ url: gateway.url, token: TOKEN, webSocketImpl: WebSocket, ref: REF })) {
      seen.push(told(change));
      if (change.to === 'NOT_STARTED') put('inProgress');
      if (change.to === 'RUNNING') put('succeeded');
    }
    expect(seen).toEqual(['SNAPSHOT NOT_STARTED', 'CHANGED NOT_STARTED → RUNNING', 'CHANGED RUNNING → SUCCEEDED']);
    await until(() => gateway.log.some(({ event }) => event === 'websocket closed')); // and nothing stays open
  });

  it('that failed is no error: it says what went wrong, and all else that Graph tells', async () => {
    const { gateway, put } = await startWatched();
    put('failed');
    const { operation } = await next(connect(gateway).trackOperation(REF));
    expect(operation).toMatchObject({
      __typename: 'TeamsAsyncOperation',
      operationId: REF.team.operationId,
      operationType: 'ARCHIVE_TEAM',
      state: 'FAILED',
      terminal: true,
      createdDateTime: '2026-01-01T00:00:00.0000001Z',
      error: { code: 'TeamUnavailable', message: 'The team was not found.' },
      freshness: { delayedBy: null },
      history: [{ from: null, to: 'FAILED' }],
      steps: [],
    });
  });

  it('goes on behind a cursor of another day', async () => {
    const { gateway, put } = await startWatched();
    const client = connect(gateway);
    const { cursor } = await next(client.trackOperation(REF));
    const changes = client.trackOperation(REF, { after: cursor });
    const changed = next(changes);
    put('inProgress');
    expect(told(await changed)).toBe('CHANGED NOT_STARTED → RUNNING');
  });

  it('is over at once behind the cursor of its end', async () => {
    const { gateway, put } = await startWatched();
    put('succeeded');
    const client = connect(gateway);
    const { cursor } = await next(client.trackOperation(REF));
    expect(await readAll(client.trackOperation(REF, { after: cursor }))).toEqual([]);
  });

  it('waits for a reader that takes its time, and keeps all that came', async () => {
    const { gateway, put } = await startWatched();
    const client = connect(gateway);
    const [slow, quick] = [client.trackOperation(REF), client.trackOperation(REF)];
    await Promise.all([next(slow), next(quick)]);
    put('inProgress');
    await next(quick);
    put('succeeded');
    await next(quick);
    expect(await readAll(slow)).toEqual(['CHANGED NOT_STARTED → RUNNING', 'CHANGED RUNNING → SUCCEEDED']);
  });
});

describe('what one client tracks', () => {
  it('is on one connection, however much it is', async () => {
    const { gateway, put } = await startWatched();
    const client = connect(gateway);
    const ids = Array.from({ length: 20 }, (_, number) => `operation-${number}`);
    for (const id of ids) put('notStarted', id);
    const all = ids.map((operationId) => client.trackOperation({ team: { hostId: 'sales', operationId } }));
    await Promise.all(all.map(next));
    for (const id of ids) put('succeeded', id);
    expect(await Promise.all(all.map(readAll))).toEqual(ids.map(() => ['CHANGED NOT_STARTED → SUCCEEDED']));
    expect(gateway.log.filter(({ event }) => event === 'websocket opened')).toHaveLength(1);
  });

  it('is left with its loop, and the connection with the last of it', async () => {
    const { gateway } = await startWatched();
    const client = connect(gateway);
    for await (const { to } of client.trackOperation(REF)) {
      expect(to).toBe('NOT_STARTED');
      break;
    }
    await client.was('disconnected');
    expect(client.connections.map(({ state }) => state)).toEqual(['connecting', 'connected', 'disconnected']);
    await until(() => gateway.app.watches() === 0);
  });

  it('is all over when it is closed, and so is what would begin later', async () => {
    const { gateway } = await startWatched();
    const client = connect(gateway);
    const [one, waiting] = [client.trackOperation(REF), client.waitForOperation(REF)];
    await next(one);
    const after = one.next();
    client.close();
    expect(await after).toEqual({ done: true, value: undefined });
    await expect(waiting).rejects.toMatchObject({ name: 'OperationsError', code: 'CLIENT_CLOSED' });
    await expect(client.trackOperation(REF).next()).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await client.was('disconnected');
  });
});

describe('a team that is tracked', () => {
  it('brings all that goes on in it, what begins later included', async () => {
    const { gateway, put } = await startWatched();
    const host = { teamId: 'sales' };
    const changes = trackHost({ url: gateway.url, token: TOKEN, webSocketImpl: WebSocket, host });
    expect(await next(changes)).toMatchObject({ reason: 'SNAPSHOT', operation: { operationId: 'archiving' } });
    put('notStarted', 'cloning');
    expect(await next(changes)).toMatchObject({ reason: 'CHANGED', from: null, operation: { operationId: 'cloning' } });
    put('succeeded');
    expect(await next(changes)).toMatchObject({ to: 'SUCCEEDED', operation: { operationId: 'archiving' } });
    await changes.return?.();
  });

  it('brings only what fits the filter', async () => {
    const { gateway, put } = await startWatched();
    put('succeeded', 'over-long-ago');
    const changes = connect(gateway).trackHost({ teamId: 'sales' }, { filter: { state: ['NOT_STARTED'] } });
    expect(await next(changes)).toMatchObject({ operation: { operationId: 'archiving' } });
    put('succeeded');
    expect(await next(changes)).toMatchObject({ to: 'SUCCEEDED', operation: { operationId: 'archiving' } });
  });

  it('says what it lost, and why it is over', async () => {
    const { gateway, graph } = await startWatched();
    const failures: string[] = [];
    const onFailure = ({ code }: { readonly code: string }): void => void failures.push(code);
    const changes = connect(gateway).trackHost({ teamId: 'sales' }, { onFailure });
    await next(changes);
    graph.allow(() => false);
    await expect(changes.next()).rejects.toMatchObject({ name: 'OperationsError', code: 'FORBIDDEN' });
    expect(failures).toContain('FORBIDDEN');
  });
});

describe('a signal', () => {
  const reason = new Error('the user went elsewhere');

  it('ends a wait for the next change with its reason', async () => {
    const { gateway } = await startWatched();
    const leaving = new AbortController();
    const client = connect(gateway);
    const changes = client.trackOperation(REF, { signal: leaving.signal });
    await next(changes);
    const waiting = changes.next();
    leaving.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(await changes.next()).toEqual({ done: true, value: undefined });
    await client.was('disconnected');
  });

  it('that has come before lets nothing begin', async () => {
    const { gateway } = await startWatched();
    const client = connect(gateway);
    const signal = AbortSignal.abort(reason);
    await expect(client.trackOperation(REF, { signal }).next()).rejects.toBe(reason);
    await expect(client.trackHost({ teamId: 'sales' }, { signal }).next()).rejects.toBe(reason);
    await expect(client.waitForOperation(REF, { signal })).rejects.toBe(reason);
    expect(client.connections).toEqual([]);
  });

  it('of one track leaves the others alone', async () => {
    const { gateway, put } = await startWatched();
    const leaving = new AbortController();
    const client = connect(gateway);
    const [one, other] = [client.trackOperation(REF, { signal: leaving.signal }), client.trackOperation(REF)];
    await Promise.all([next(one), next(other)]);
    leaving.abort(reason);
    put('succeeded');
    expect(await readAll(other)).toEqual(['CHANGED NOT_STARTED → SUCCEEDED']);
  });
});
