import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { answerParent } from './child.js';

/** The ws library alone: it takes sockets, and on command sends the same bytes to each, message by message. */

export type BareCommands = {
  send: (input: { readonly frame: string; readonly perSocket: number }) => void;
};

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
await once(server, 'listening');

const commands: BareCommands = {
  send({ frame, perSocket }) {
    const data = Buffer.from(frame);
    for (const socket of server.clients) {
      for (let sent = 0; sent < perSocket; sent++) socket.send(data, { binary: false });
    }
  },
};
answerParent(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, commands);
