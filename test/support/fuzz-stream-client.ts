import { connect, type Socket } from 'node:net';
import { type FuzzAsk } from './fuzz-streams.js';

/** As it came over the wire, however much of it did. */
export interface StreamAnswer {
  readonly status: number;
  /** By which it was asked for: an answer to HEAD has no text. */
  readonly method: string;
  /** Of the media, without its parameters; empty where the answer says none. */
  readonly type: string;
  readonly text: string;
  /** Whether its end has come. */
  readonly isWhole: boolean;
}

/** One connection, on which one request is sent and whatever comes is read. */
export interface StreamTalk {
  /** Resolves when there is an answer, or none will come. */
  readonly answered: Promise<void>;
  /** Resolves when an event came or time has passed in a stream, or the answer is over. */
  readonly told: Promise<void>;
  /** Resolves with all that came. */
  readonly over: Promise<readonly StreamAnswer[]>;
  hangUp(): void;
}

/** `:` and nothing: what comes first in a stream, and every twenty seconds. */
const NOTHING_NEW = ':\n\n';

export function beginTalk(url: string, { request, manner }: FuzzAsk): StreamTalk {
  const { hostname, host, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const { method, path, headers, body } = request;
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const bytes = Buffer.from(body ?? '');
  const length = body === null ? '' : `content-length: ${bytes.length}\r\n`;
  const head = Buffer.from(`${manner.before}${method} ${path} HTTP/1.1\r\n${lines.join('')}${length}\r\n`, 'latin1');
  const all = Buffer.concat([head, bytes, Buffer.from(manner.behind)]);
  socket.write(manner.sends === 1 ? all : all.subarray(0, Math.floor(all.length * manner.sends)));
  return readTalk(socket, manner.before === '' ? [method] : ['GET', method], manner);
}

function readTalk(socket: Socket, methods: readonly string[], { goes, isDeaf }: FuzzAsk['manner']): StreamTalk {
  let received = '';
  let isAnswered: () => void = () => undefined;
  let isTold: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => (isAnswered = resolve));
  const told = new Promise<void>((resolve) => (isTold = resolve));
  socket.on('data', (chunk: Buffer) => {
    const text = chunk.toString('latin1');
    received += text;
    isAnswered();
    if (text.includes('event: ') || received.split(NOTHING_NEW, 3).length === 3) isTold();
  });
  if (isDeaf) socket.pause();
  socket.on('error', () => undefined); // how it ended is of no account: what came has to be right
  const over = new Promise<readonly StreamAnswer[]>((resolve) => {
    socket.once('close', () => {
      isAnswered();
      isTold();
      resolve(parseAnswers(received, methods));
    });
  });
  return {
    answered,
    told,
    over,
    hangUp() {
      if (goes === 'resets') socket.resetAndDestroy();
      else if (goes === 'ends its half') socket.end(() => void told.then(() => socket.destroy()));
      else socket.destroy();
    },
  };
}

/** @throws where it is no HTTP */
function parseAnswers(received: string, methods: readonly string[]): readonly StreamAnswer[] {
  const answers: StreamAnswer[] = [];
  for (let at = 0; at < received.length;) {
    const end = received.indexOf('\r\n\r\n', at);
    if (end === -1) return answers; // its head was cut off
    const head = received.slice(at, end);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    if (Number.isNaN(status)) throw new Error(`No HTTP: ${received.slice(at, at + 200)}`);
    at = end + 4;
    if (status === 100) continue;
    const type = /^content-type: ([^;\r]*)/im.exec(head)?.[1]?.trim() ?? '';
    const method = methods[answers.length] ?? '';
    const body = method === 'HEAD' ? { bytes: '', next: at, isWhole: true } : bodyAt(received, at, head);
    const text = Buffer.from(body.bytes, 'latin1').toString();
    answers.push({ status, method, type, text, isWhole: body.isWhole });
    at = body.next;
  }
  return answers;
}

function bodyAt(received: string, start: number, head: string): { bytes: string; next: number; isWhole: boolean } {
  if (!/^transfer-encoding: chunked$/im.test(head)) {
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1] ?? 0);
    const next = Math.min(received.length, start + length);
    return { bytes: received.slice(start, next), next, isWhole: next === start + length };
  }
  let bytes = '';
  for (let at = start; ;) {
    const line = received.indexOf('\r\n', at);
    const length = line === -1 ? NaN : parseInt(received.slice(at, line), 16);
    if (Number.isNaN(length)) return { bytes, next: received.length, isWhole: false };
    bytes += received.slice(line + 2, line + 2 + length);
    at = line + 2 + length + 2;
    if (at > received.length) return { bytes, next: received.length, isWhole: false };
    if (length === 0) return { bytes, next: at, isWhole: true };
  }
}
