import { WebSocket } from 'ws';
import { heard, secret } from '../support/secrets.js';
import { until } from '../support/until.js';
import { refOf, type TestOperation } from './operations.js';
import { afterThisTest } from './replicas.js';

/** What a subscriber was told. */
export interface HeardChange {
  readonly operationId: string;
  readonly reason: string;
  readonly from: string | null;
  readonly to: string;
  /** When Graph was asked, as the gateway says, ISO 8601. */
  readonly checkedAt: string;
  readonly ageSeconds: number;
}

/** Who watches some operations to their end, over however many sockets. */
export interface Subscriber {
  readonly operations: readonly TestOperation[];
  /** Everything so far, in the order in which it came. */
  readonly changes: readonly HeardChange[];
  /** Errors, in words. */
  readonly errors: readonly string[];
  readonly isComplete: boolean;
}

/** A socket and those who are on it. When it ends it comes back by itself, as clients do, elsewhere if need be. */
export interface Client {
  readonly subscribers: readonly Subscriber[];
  /** Where it is connected, or was last. */
  readonly url: string;
  /** How often it was connected. */
  readonly connections: number;
  /** Cuts its connection; it comes back at the first of the addresses. */
  reconnect(): void;
}

export interface ClientOptions {
  /** Where it may connect, now; the first one is tried first. */
  readonly urls: () => readonly string[];
  readonly token: string;
  /** What each of its subscribers watches. */
  readonly watching: readonly (readonly TestOperation[])[];
}

export const WATCH = `subscription Watch($refs: [OperationRef!]!, $after: String) {
  change: operationStatusChanged(refs: $refs, after: $after) {
    reason from to cursor operation { operationId freshness { checkedAt ageSeconds } }
  }
}`;

interface ChangePayload {
  readonly reason: string;
  readonly from: string | null;
  readonly to: string;
  readonly cursor: string;
  readonly operation: {
    readonly operationId: string;
    readonly freshness: { readonly checkedAt: string; readonly ageSeconds: number };
  };
}

interface Message {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** Clients that find nobody come back after so long. */
const AGAIN_MS = 50;

interface MutableSubscriber extends Subscriber {
  readonly changes: HeardChange[];
  readonly errors: string[];
  isComplete: boolean;
  cursor: string | null;
}

/** Subscribes, and goes on until everything that is watched has ended or the test is over. */
export function joinClient({ urls, token, watching }: ClientOptions): Client {
  secret(token);
  const subscribers = watching.map((operations): MutableSubscriber => {
    return { operations, changes: [], errors: [], isComplete: false, cursor: null };
  });
  const client = { subscribers, url: '', connections: 0, reconnect: (): void => socket?.terminate() };
  let isOver = false;
  let socket: WebSocket | null = null;
  let timer: NodeJS.Timeout | undefined;

  const hear = ({ type, id, payload }: Message): void => {
    const subscriber = subscribers[Number(id)];
    if (type === 'complete' && subscriber !== undefined) subscriber.isComplete = true;
    if (type === 'error') subscriber?.errors.push(JSON.stringify(payload));
    if (type !== 'next' || subscriber === undefined) return;
    const { data, errors } = payload as { data?: { change: ChangePayload } | null; errors?: unknown };
    if (errors !== undefined) subscriber.errors.push(JSON.stringify(errors));
    if (data == null) return;
    const { reason, from, to, cursor, operation } = data.change;
    subscriber.cursor = cursor;
    subscriber.changes.push({ operationId: operation.operationId, reason, from, to, ...operation.freshness });
  };

  const subscribeAll = (opened: WebSocket): void => {
    for (const [id, { operations, isComplete, errors, cursor }] of subscribers.entries()) {
      if (isComplete || errors.length > 0) continue;
      const variables = { refs: operations.map(refOf), after: cursor };
      opened.send(JSON.stringify({ type: 'subscribe', id: String(id), payload: { query: WATCH, variables } }));
    }
  };

  const connect = (attempt: number): void => {
    const candidates = urls();
    client.url = candidates[attempt % candidates.length] ?? '';
    const opened = new WebSocket(`${client.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
    socket = opened;
    let isAcknowledged = false;
    opened.on('open', () => {
      opened.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
    });
    opened.on('message', (data: Buffer) => {
      const text = data.toString();
      heard('message', text);
      const message = JSON.parse(text) as Message;
      if (message.type === 'ping') opened.send('{"type":"pong"}');
      if (message.type === 'connection_ack') {
        isAcknowledged = true;
        client.connections += 1;
        subscribeAll(opened);
      }
      hear(message);
    });
    opened.on('error', () => undefined); // how it ended is told by `close`
    opened.on('close', (code, reason) => {
      heard('close', reason.toString());
      if (isOver) return;
      // What a client must not come back after.
      if (code >= 4_000) for (const { errors } of subscribers) errors.push(`${code} ${reason.toString()}`);
      else timer = setTimeout(() => connect(isAcknowledged ? attempt : attempt + 1), AGAIN_MS);
    });
  };

  afterThisTest(() => {
    isOver = true;
    clearTimeout(timer);
    socket?.terminate();
  });
  connect(0);
  return client;
}

export function subscribersOf(clients: readonly Client[]): Subscriber[] {
  return clients.flatMap(({ subscribers }) => subscribers);
}

/** Resolves when each of them knows that each of its operations has come so far. */
export async function untilAllKnow(clients: readonly Client[], to: string, patienceMs = 30_000): Promise<void> {
  const waiting = new Set(subscribersOf(clients));
  await until(() => {
    for (const subscriber of waiting) if (knows(subscriber, to)) waiting.delete(subscriber);
    return waiting.size === 0;
  }, patienceMs).catch((error: unknown) => {
    const [example] = waiting;
    const told = JSON.stringify({ ...example, operations: example?.operations.length });
    throw new Error(`${waiting.size} do not know of ${to}, such as ${told}`, { cause: error });
  });
}

function knows({ operations, changes, errors }: Subscriber, to: string): boolean {
  if (errors.length > 0) return true; // it is told of no more, which is for a verdict to tell
  return operations.every(
    ({ operationId }) => changes.findLast((change) => change.operationId === operationId)?.to === to,
  );
}
