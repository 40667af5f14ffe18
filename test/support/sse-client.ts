import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { heard, secretIn } from './secrets.js';
import { type SocketMessage } from './ws-client.js';

/** An event as it came over the wire. */
export interface SseEvent {
  readonly event: string;
  /** Of an event that has one. */
  readonly id?: string;
  readonly data: string;
}

/** A stream of server-sent events and nothing more: what a client of another make would see of the gateway. */
export interface RawStream {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The next event that was not taken. Rejects when the stream ends. */
  next(): Promise<SseEvent>;
  /** The next result: what a `next` brings. Rejects when something else comes. */
  result(): Promise<unknown>;
  unread(): readonly SseEvent[];
  /** The same in the words of websockets. */
  messages(): readonly SocketMessage[];
  /** What was said beside the events. */
  readonly comments: readonly string[];
  /** Resolves with all that came, however it ended. */
  readonly ended: Promise<string>;
  /** Reads no more, and goes on reading. */
  pause(): void;
  resume(): void;
  /** Cuts the connection without a word. */
  cut(): void;
}

export interface StreamAsk {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
}

/** Resolves when there is an answer, whatever it is. */
export async function openStream(
  url: string,
  { method, path, headers = {}, body }: StreamAsk = {},
): Promise<RawStream> {
  secretIn(headers['authorization']);
  const asking = httpRequest(`${url}${path ?? '/graphql/stream'}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      accept: 'text/event-stream',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    agent: false,
  });
  asking.end(body === undefined ? undefined : JSON.stringify(body));
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    asking.once('response', resolve);
    asking.once('error', reject);
  });
  asking.on('error', () => undefined);
  return readStream(answer);
}

function readStream(answer: IncomingMessage): RawStream {
  const unread: SseEvent[] = [];
  const comments: string[] = [];
  const waiting: { resolve: (event: SseEvent) => void; reject: (error: Error) => void }[] = [];
  let text = '';
  let from = 0;
  let isOver = false;
  const take = (event: SseEvent): void => {
    const first = waiting.shift();
    if (first === undefined) unread.push(event);
    else first.resolve(event);
  };
  answer.setEncoding('utf8');
  answer.on('data', (chunk: string) => {
    heard('event stream', chunk);
    text += chunk;
    for (let end = text.indexOf('\n\n', from); end !== -1; end = text.indexOf('\n\n', from)) {
      const lines = text.slice(from, end).split('\n');
      from = end + 2;
      comments.push(...lines.filter((line) => line.startsWith(':')).map((line) => line.slice(1).trim()));
      const fields = lines.filter((line) => !line.startsWith(':')).map(fieldOf);
      if (fields.length > 0) take({ event: '', data: '', ...Object.fromEntries(fields) });
    }
  });
  const ended = new Promise<string>((resolve) => {
    const end = (): void => {
      isOver = true;
      for (const { reject } of waiting.splice(0)) reject(new Error(`The stream ended: ${text.slice(from)}`));
      resolve(text);
    };
    answer.once('end', end);
    answer.once('close', end);
  });
  answer.on('error', () => undefined); // how it ended is told by `ended`

  const next = (): Promise<SseEvent> => {
    const event = unread.shift();
    if (event !== undefined) return Promise.resolve(event);
    if (isOver) return Promise.reject(new Error(`The stream has ended: ${text}`));
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    next,
    async result() {
      const event = await next();
      if (event.event !== 'next') throw new Error(`Not a result: ${JSON.stringify(event)}`);
      return JSON.parse(event.data) as unknown;
    },
    unread: () => unread,
    messages: () =>
      unread.map(({ event, data }) => ({
        type: event,
        ...(event === 'next' && { payload: JSON.parse(data) as unknown }),
      })),
    comments,
    ended,
    pause: () => void answer.pause(),
    resume: () => void answer.resume(),
    cut: () => void answer.destroy(),
  };
}

function fieldOf(line: string): [name: string, value: string] {
  const colon = line.indexOf(':');
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')];
}
