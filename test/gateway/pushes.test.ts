import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../support/fake-clock.js';
import { startSandboxGateway, TOKEN, type StatusChange } from '../support/gateway.js';

const INTERVAL_MS = 31_000;
/** A first read waits so long for others who subscribe at the same moment. */
const GATHER_MS = 10;

describe('a raw graphql-transport-ws socket', () => {
  it('has the first SNAPSHOT within a second, the terminal event within an interval of the end, then complete', async () => {
    const clock = createFakeClock();
    const gateway = await startSandboxGateway({ clock });
    const endsAfterMs = 2.5 * INTERVAL_MS;
    const { path } = gateway.sandbox.begin({ life: { startsAfterMs: 0, succeedsAfterMs: endsAfterMs } });
    const endsAt = clock.now() + endsAfterMs;
    const socket = await gateway.open();
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${TOKEN}` } });
    expect(await socket.next()).toEqual({ type: 'connection_ack' });

    const query = `subscription ($location: String!) {
      operationStatusChanged(refs: [{ location: $location }]) { reason from to operation { state terminal } }
    }`;
    socket.send({ type: 'subscribe', id: 'mine', payload: { query, variables: { location: path } } });
    await gateway.logged('websocket request', 1);
    await clock.advance(GATHER_MS); // and not a moment more
    expect(await socket.next()).toEqual({
      type: 'next',
      id: 'mine',
      payload: {
        data: {
          operationStatusChanged: {
            reason: 'SNAPSHOT',
            from: null,
            to: 'RUNNING',
            operation: { state: 'RUNNING', terminal: false },
          },
        },
      },
    });

    for (let checks = 1; clock.now() < endsAt; checks++) {
      await gateway.logged('check', checks);
      expect(socket.unread()).toEqual([]);
      await clock.advance(INTERVAL_MS);
    }
    // It ended less than an interval ago, and time stands still until it is told.
    expect(await socket.next()).toMatchObject({
      payload: {
        data: {
          operationStatusChanged: {
            reason: 'CHANGED',
            from: 'RUNNING',
            to: 'SUCCEEDED',
            operation: { state: 'SUCCEEDED', terminal: true },
          },
        },
      },
    });
    expect(await socket.next()).toEqual({ type: 'complete', id: 'mine' });
  });

  it('is told the states of an operation once each, and nothing while nothing changes', async () => {
    const clock = createFakeClock();
    const gateway = await startSandboxGateway({ clock });
    const { path } = gateway.sandbox.begin({
      life: { startsAfterMs: 40_000, retriesAfterMs: [100_000], succeedsAfterMs: 200_000 },
    });
    const watching = await gateway.watch({ refs: [{ location: path }] });
    const told: StatusChange[] = [];
    const completed = (async () => {
      for (let states = 0; states < 5; states++) told.push(await watching.change());
      await watching.completed();
    })();

    await clock.advance(GATHER_MS);
    for (let checks = 1; checks <= 7; checks++) {
      await gateway.logged('check', checks);
      await clock.advance(INTERVAL_MS);
    }
    await gateway.logged('check', 8);
    await completed;

    expect(told.map(({ reason, from, to }) => [reason, from, to])).toEqual([
      ['SNAPSHOT', null, 'NOT_STARTED'],
      ['CHANGED', 'NOT_STARTED', 'RUNNING'],
      ['CHANGED', 'RUNNING', 'NOT_STARTED'],
      ['CHANGED', 'NOT_STARTED', 'RUNNING'],
      ['CHANGED', 'RUNNING', 'SUCCEEDED'],
    ]);
  });
});
