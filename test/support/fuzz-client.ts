import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type FuzzRequest } from './fuzz-requests.js';

export interface FuzzAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * HTTP/1.1 over connections that are kept, one request at a time on each, and no more than tests of a gateway's answers
 * need: a whole client takes longer than the gateway does.
 */
export interface FuzzClient {
  /** Rejects when the gateway hangs up without an answer. */
  readonly ask: (request: FuzzRequest) => Promise<FuzzAnswer>;
  close(): void;
}

export function createFuzzClient(url: string): FuzzClient {
  const { hostname, host, port } = new URL(url);
  const open = new Set<Socket>();
  const idle: Socket[] = [];

  const openSocket = async (): Promise<Socket> => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    await once(socket, 'connect');
    return socket;
  };
  const idleSocket = (): Socket | undefined => {
    for (let socket = idle.pop(); socket !== undefined; socket = idle.pop()) if (socket.writable) return socket;
    return undefined;
  };

  return {
    async ask(request) {
      const socket = idleSocket() ?? (await openSocket());
      const answer = answerOf(socket, request.method);
      socket.write(written(request, host));
      const { isLast, ...rest } = await answer;
      if (isLast) socket.destroy();
      else idle.push(socket);
      return rest;
    },
    close() {
      for (const socket of open) socket.destroy();
    },
  };
}

function written({ method, path, headers, body }: FuzzRequest, host: string): Buffer {
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = Buffer.from(body ?? '');
  const length = body === null ? '' : `content-length: ${text.length}\r\n`;
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n`, 'latin1'), text]);
}

function answerOf(socket: Socket, method: string): Promise<FuzzAnswer & { readonly isLast: boolean }> {
  return new Promise((resolve, reject) => {
    let received: Buffer | null = null;
    const done = (): void => {
      socket.removeListener('data', take).removeListener('close', hungUp).removeListener('error', failed);
    };
    const take = (bytes: Buffer): void => {
      received = received === null ? bytes : Buffer.concat([received, bytes]);
      const answer = parseAnswer(received, method);
      if (answer === null) return;
      done();
      resolve(answer);
    };
    const failed = (error: Error): void => {
      done();
      socket.on('error', () => undefined);
      reject(error);
    };
    const hungUp = (): void => failed(new Error('The gateway hung up.'));
    socket.on('data', take).on('close', hungUp).on('error', failed);
  });
}

const END_OF_HEAD = '\r\n\r\n';

/** @returns null while there is more to come */
function parseAnswer(bytes: Buffer, method: string): (FuzzAnswer & { readonly isLast: boolean }) | null {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end === -1) return null;
  const head = bytes.toString('latin1', 0, end);
  const status = Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
  const isLast = /^connection: close$/im.test(head);
  const start = end + END_OF_HEAD.length;
  const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
  if (method === 'HEAD') return { status, text: '', isLast };
  if (/^transfer-encoding: chunked$/im.test(head)) {
    const text = parseChunks(bytes, start);
    return text === null ? null : { status, text, isLast };
  }
  return bytes.length < start + length ? null : { status, text: bytes.toString('utf8', start, start + length), isLast };
}

/** @returns null while there is more to come */
function parseChunks(bytes: Buffer, start: number): string | null {
  const chunks: Buffer[] = [];
  for (let at = start; ;) {
    const line = bytes.indexOf('\r\n', at);
    if (line === -1) return null;
    const length = parseInt(bytes.toString('latin1', at, line), 16);
    const next = line + 2 + length + 2;
    if (bytes.length < next) return null;
    if (length === 0) return Buffer.concat(chunks).toString();
    chunks.push(bytes.subarray(line + 2, line + 2 + length));
    at = next;
  }
}
