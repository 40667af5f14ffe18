import { describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { resuming } from '../../src/client/client.js';
import { REF } from '../client/support.js';
import { ALL_CHANGES, createStory, socketOptions, startReachable, WATCH, type WatchData } from './support.js';

/** A socket that notes with which cursors its clients subscribe. */
function createNotingSocket() {
  const afters: unknown[] = [];
  class NotingSocket extends WebSocket {
    override send(data: Parameters<WebSocket['send']>[0]): void {
      const { type, payload } = JSON.parse(data as string) as { type: string; payload?: { variables?: object } };
      if (type === 'subscribe') afters.push((payload?.variables as { after?: unknown }).after);
      super.send(data);
    }
  }
  return { afters, webSocketImpl: NotingSocket };
}

describe('a client of graphql-ws that is resuming', () => {
  it('says with each connection where it stands', async () => {
    const reachable = await startReachable();
    const { hear, told } = createStory(reachable);
    const { afters, webSocketImpl } = createNotingSocket();
    const client = resuming(createClient({ ...socketOptions(reachable), webSocketImpl }));
    const cursors: string[] = [];
    for await (const { data } of client.iterate<WatchData>({ query: WATCH, variables: { refs: [REF] } })) {
      if (data == null) throw new Error('no data');
      cursors.push(data.operationStatusChanged.cursor);
      hear(data);
    }
    expect(told).toEqual(ALL_CHANGES);
    expect(afters).toEqual([undefined, ...cursors.slice(0, 2)]);
    await client.dispose();
  });

  it('goes on from a place that it is given, whatever the field is called', async () => {
    const reachable = await startReachable();
    const { afters, webSocketImpl } = createNotingSocket();
    const client = resuming(createClient({ ...socketOptions(reachable), webSocketImpl }));
    const query = WATCH.replace('operationStatusChanged', 'change: operationStatusChanged');
    const read = async (variables: Record<string, unknown>, statuses: readonly string[]) => {
      const changes: WatchData['operationStatusChanged'][] = [];
      type Data = { readonly change: WatchData['operationStatusChanged'] };
      for await (const { data } of client.iterate<Data>({ query, variables })) {
        if (data != null) changes.push(data.change);
        const status = statuses[changes.length - 1];
        if (status === undefined) break;
        reachable.put(status);
      }
      return changes;
    };
    const [first] = await read({ refs: [REF] }, []);
    reachable.put('inProgress');
    const rest = await read({ refs: [REF], after: first?.cursor }, ['succeeded']);
    expect(rest.map(({ reason, to }) => `${reason} ${to}`)).toEqual(ALL_CHANGES.slice(1));
    expect(afters).toEqual([undefined, first?.cursor]);
    await client.dispose();
  });

  it('leaves queries as they are', async () => {
    const reachable = await startReachable();
    const client = resuming(createClient(socketOptions(reachable)));
    const query = `query ($first: Int, $after: String) {
      operations(host: { teamId: "sales" }, first: $first, after: $after) { edges { cursor node { state } } }
    }`;
    const answers: unknown[] = [];
    for await (const { data } of client.iterate({ query, variables: { first: 1 } })) answers.push(data);
    expect(answers).toMatchObject([{ operations: { edges: [{ node: { state: 'NOT_STARTED' } }] } }]);
    await client.dispose();
  });
});
