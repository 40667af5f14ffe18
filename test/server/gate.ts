import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A door before an HTTP server that can be shut for its answers: what a slow Graph looks like, for as long as it takes. */
export interface Gate {
  readonly url: string;
  /** Answers stay behind the gate from now on. */
  shut(): void;
  /** What was held back goes on its way. */
  open(): void;
  /** Resolves when the next bytes of a request come. */
  asked(): Promise<unknown>;
  close(): Promise<void>;
}

export async function startGate(upstream: string): Promise<Gate> {
  const { hostname, port } = new URL(upstream);
  const answers = new Set<Socket>();
  let isShut = false;
  const server = createServer((client) => {
    const answer = connect(Number(port), hostname);
    answers.add(answer);
    for (const [one, other] of [
      [client, answer],
      [answer, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
    client.on('data', (bytes: Buffer) => {
      answer.write(bytes);
      server.emit('asked');
    });
    answer.on('data', (bytes: Buffer) => client.write(bytes));
    answer.on('close', () => answers.delete(answer));
    if (isShut) answer.pause();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    shut() {
      isShut = true;
      for (const answer of answers) answer.pause();
    },
    open() {
      isShut = false;
      for (const answer of answers) answer.resume();
    },
    asked: () => once(server, 'asked'),
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const answer of answers) answer.destroy();
      await closed;
    },
  };
}
