import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';

/** A way to a port of this machine that can be long, or fall silent without ending: a cable that was pulled out. */
export interface TcpProxy {
  readonly port: number;
  /** Connections stay open, new ones too, and nothing goes through any more, in either direction. */
  silence(): void;
  /** New connections go through again; those that fell silent stay so. */
  restore(): void;
  /** Whatever is sent from now on takes so long, in either direction. */
  delay(ms: number): void;
  /** Ends the connections there are without a word; new ones go through. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startTcpProxy(to: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let isSilent = false;
  let delayMs = 0;
  /** Lets nothing overtake what was sent before it. */
  const createWay = (): Transform => {
    let freeAt = 0;
    return new Transform({
      transform(chunk: Buffer, _encoding, done: TransformCallback) {
        const now = performance.now();
        freeAt = Math.max(freeAt, now + delayMs);
        if (freeAt <= now) this.push(chunk);
        else setTimeout(() => this.push(chunk), freeAt - now).unref(); // nobody waits for it when the test is over
        done();
      },
    });
  };
  const server = createServer((client) => {
    sockets.add(client);
    client.on('error', () => client.destroy());
    if (isSilent) return;
    const upstream = connect(to, '127.0.0.1');
    sockets.add(upstream);
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    client.pipe(createWay()).pipe(upstream);
    upstream.pipe(createWay()).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    silence() {
      isSilent = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    restore() {
      isSilent = false;
    },
    delay: (ms) => void (delayMs = ms),
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
