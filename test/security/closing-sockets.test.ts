import { once } from 'node:events';
import { request } from 'node:http';
import { type Socket } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { frameOf } from '../support/fuzz-frames.js';
import { startFuzzGateway, type FuzzGateway } from '../support/fuzz-gateway.js';

const FRAMES = 500;

let gateway: FuzzGateway | null = null;
let mute: Socket | null = null;
afterEach(async () => {
  mute?.destroy(); // or the gateway would wait for it as it stops
  await gateway?.close();
});

/** A websocket that answers nothing, not even a closing handshake. */
async function openMute(url: string): Promise<Socket> {
  const asking = request(`${url}/graphql`, {
    headers: {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': Buffer.alloc(16).toString('base64'),
      'sec-websocket-protocol': 'graphql-transport-ws',
    },
  });
  asking.end();
  const [, socket] = (await once(asking, 'upgrade')) as [unknown, Socket];
  return socket;
}

it.each([
  { what: 'what is no JSON', payload: '{', opcode: 1 },
  { what: 'bytes', payload: '{}', opcode: 2 },
  {
    what: 'a subscription before anything else',
    payload: '{"type":"subscribe","id":"1","payload":{"query":"{a}"}}',
    opcode: 1,
  },
])('a socket that is being closed for $what keeps nothing of what still comes', async ({ payload, opcode }) => {
  gateway = await startFuzzGateway();
  const { app, clock, complaints } = gateway;
  const socket = await openMute(app.url);
  mute = socket;
  const pending = clock.pending;
  const heard = once(socket, 'data');

  socket.write(Buffer.concat(Array.from({ length: FRAMES }, () => frameOf({ opcode, payload: Buffer.from(payload) }))));
  const [closing] = (await heard) as [Buffer];
  expect(closing[0]).toBe(0x88); // the closing frame, which this client does not answer
  await (await fetch(`${app.url}/healthz`)).text(); // all that was sent is read by then

  expect(clock.pending).toBeLessThan(pending + 5);
  const cut = once(socket, 'close');
  await clock.advance(60_000);
  await cut;
  expect(clock.pending).toBeLessThanOrEqual(pending);
  expect(complaints).toEqual([]);
});
