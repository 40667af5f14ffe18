import { describe, expect, it } from '@jest/globals';
import { WebSocket } from 'ws';
import { waitForOperation } from '../../src/client/client.js';
import { createFakeClock } from '../support/fake-clock.js';
import { TOKEN } from '../support/gateway.js';
import { connect, REF, startWatched, surroundingsOf } from './support.js';
import { told } from './told.js';

describe('whoever waits for an operation', () => {
  it('hears of its progress, and gets it when it has ended', async () => {
    const { gateway, put } = await startWatched();
    const progress: string[] = [];
    const operation = await waitForOperation({
      url: `${gateway.url}/graphql`,
      token: () => TOKEN,
      webSocketImpl: WebSocket,
      ref: REF,
      onProgress(change) {
        progress.push(told(change));
        put(change.to === 'NOT_STARTED' ? 'inProgress' : 'failed');
      },
    });
    expect(operation).toMatchObject({ state: 'FAILED', terminal: true, error: { code: 'TeamUnavailable' } });
    expect(progress).toEqual(['SNAPSHOT NOT_STARTED', 'CHANGED NOT_STARTED → RUNNING', 'CHANGED RUNNING → FAILED']);
  });

  it('waits no longer than was said', async () => {
    const { gateway } = await startWatched();
    const clock = createFakeClock();
    const client = connect(gateway, {}, surroundingsOf(clock));
    const states: string[] = [];
    const waiting = client.waitForOperation(REF, { timeoutSeconds: 90, onProgress: ({ to }) => void states.push(to) });
    const failed = expect(waiting).rejects.toMatchObject({
      code: 'TIMED_OUT',
      message: 'The operation had not ended after 90 s.',
    });
    await client.was('connected');
    await clock.advance(90_000);
    await failed;
    await client.was('disconnected');
    expect(clock.pending).toBe(0);
  });

  it('is left by a listener that throws', async () => {
    const { gateway } = await startWatched();
    const client = connect(gateway);
    const broken = new Error('the page is gone');
    const onProgress = (): never => {
      throw broken;
    };
    await expect(client.waitForOperation(REF, { onProgress })).rejects.toBe(broken);
    await client.was('disconnected');
  });

  it.each([0, -1, NaN])('cannot wait for %d seconds', async (timeoutSeconds) => {
    const client = connect({ url: 'ws://127.0.0.1:1' });
    await expect(client.waitForOperation(REF, { timeoutSeconds })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: `timeoutSeconds is ${timeoutSeconds}: it is a number above 0.`,
    });
  });
});
