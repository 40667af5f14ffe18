import { describe, expect, it } from '@jest/globals';
import { Pool } from 'undici';
import { send, type Sending } from '../../src/graph/send.js';
import { sendJson, startRawGraph } from './raw-graph.js';
import { closeAfterTest } from './readers.js';

/** Paths over one connection; those that begin with `/silent` are never answered. */
async function overOneConnection() {
  const graph = closeAfterTest(
    await startRawGraph((response, { url }) => {
      if (!url.startsWith('/silent')) sendJson(response, 200, url);
    }),
  );
  const pool = new Pool(graph.url, { connections: 1 });
  closeAfterTest({ close: () => pool.destroy() });
  return { graph, ask: (path: string): Sending => send(pool, { method: 'GET', path }, null) };
}

describe('a request that is given up', () => {
  it('ends at once, and leaves its connection', async () => {
    const { graph, ask } = await overOneConnection();
    const silent = ask('/silent');
    await graph.arrived(1);
    silent.giveUp();

    expect(await silent.heard).toMatchObject({ status: null, text: '', brokenOff: { isTooLate: true } });
    expect(await ask('/next').heard).toMatchObject({ status: 200, text: '"/next"', brokenOff: null });
    expect(graph.received[1]?.port).not.toBe(graph.received[0]?.port);
  });

  it('while it waits for a connection, is not sent when there is one', async () => {
    const { graph, ask } = await overOneConnection();
    const silent = ask('/silent');
    await graph.arrived(1);
    const waiting = ask('/waiting');
    waiting.giveUp();

    expect(await waiting.heard).toMatchObject({ status: null, brokenOff: { isTooLate: true } });
    silent.giveUp();
    expect(await ask('/next').heard).toMatchObject({ status: 200 });
    expect(graph.received.map(({ url }) => url)).toEqual(['/silent', '/next']);
  });

  it('after its answer has come, changes nothing', async () => {
    const { graph, ask } = await overOneConnection();
    const first = ask('/first');
    const heard = await first.heard;
    first.giveUp();

    expect(await first.heard).toBe(heard);
    expect(await ask('/next').heard).toMatchObject({ status: 200, text: '"/next"' });
    expect(graph.received[1]?.port).toBe(graph.received[0]?.port);
  });
});
