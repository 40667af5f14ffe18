import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { secret } from './secrets.js';

/**
 * A Microsoft Graph that counts, and shares nothing with the gateway nor with its sandbox. It writes down every read of
 * every operation: a list counts for everything on the page, a batch part by part.
 */
export interface CountingGraph {
  readonly url: string;
  /** Every read of an operation so far, in the order in which they came. */
  readonly reads: readonly CountedRead[];
  /** Every HTTP request so far. */
  readonly requests: readonly CountedRequest[];
  /** Adds an operation to a team or a chat, or changes the status of one. */
  put(operation: CountedOperation): void;
  /** Refuses what it will be asked until this is called again: `null` refuses nothing. */
  refuse(refusal: Refusing | null): void;
  /** Who may read what: without a rule everybody may read everything. */
  allow(rule: (token: string, hostId: string) => boolean): void;
  /** Takes a token no more: 401 from now on. */
  endToken(token: string): void;
  /** Keeps every answer back until the returned function is called. */
  hold(): () => void;
  /** Resolves as soon as what it has counted is as wanted; looked at after every request. */
  until(isAsWanted: () => boolean): Promise<void>;
  close(): Promise<void>;
}

export interface CountedOperation {
  readonly host: 'team' | 'chat';
  readonly hostId: string;
  readonly operationId: string;
  readonly status: string;
}

export interface CountedRead {
  /** When the request that asked for it was here, in ms since the process began. */
  readonly at: number;
  /** The host's path and the operation's id: `/v1.0/teams/T/operations/O`. */
  readonly operation: string;
  readonly by: 'item' | 'list';
  readonly token: string;
  readonly status: number;
  /** What was said of when to come back, in ms; null where nothing was. */
  readonly retryAfterMs: number | null;
  /** The number of the HTTP request, from 1. */
  readonly request: number;
}

export interface CountedRequest {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** What was asked for, a batch part by part. */
  readonly asked: readonly string[];
  /** The port at the other end: a connection is one process's. */
  readonly fromPort: number;
  /** As the header says; null without one. */
  readonly clientRequestId: string | null;
}

export interface Refused {
  readonly status: number;
  readonly retryAfter?: string;
  /** What the caller's next token has to satisfy. */
  readonly claims?: string;
}

/** @returns how one read is refused, or null when it is served; `asked` counts all reads from 1 */
export type Refusing = (path: string, asked: number) => Refused | null;

export interface CountingGraphOptions {
  /** Operations per page of a list. */
  readonly pageSize?: number;
  /** How long every answer takes. */
  readonly latencyMs?: number;
  /** Ms of any clock. */
  readonly now?: () => number;
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: unknown;
}

const ITEM = /^\/(?:v1\.0\/teams|beta\/chats)\/([^/]+)\/operations\/([^/?]+)$/;
const LIST = /^\/(?:v1\.0\/teams|beta\/chats)\/([^/]+)\/operations(?:\?\$skip=(\d+))?$/;

export async function startCountingGraph(options: CountingGraphOptions = {}): Promise<CountingGraph> {
  const { pageSize = 100, latencyMs = 0, now = () => performance.now() } = options;
  /** By host, in the order in which they were added. */
  const hosts = new Map<string, Map<string, CountedOperation>>();
  const reads: CountedRead[] = [];
  const requests: CountedRequest[] = [];
  const waiting = new Set<() => void>();
  const ended = new Set<string>();
  let refusing: Refusing = () => null;
  let allowed: (token: string, hostId: string) => boolean = () => true;
  let held: Promise<void> = Promise.resolve();
  let asked = 0;

  const answerRead = (path: string, token: string, at: number, request: number): Reply => {
    const item = ITEM.exec(path);
    const list = LIST.exec(path);
    const hostId = decodeURIComponent(item?.[1] ?? list?.[1] ?? '');
    const hostPath = path.slice(0, path.indexOf('/operations'));
    const operations = [...(hosts.get(hostId)?.values() ?? [])];
    const from = Number(list?.[2] ?? 0);
    const onPage = operations.slice(from, from + pageSize);
    const ids = item === null ? onPage.map(({ operationId }) => operationId) : [decodeURIComponent(item[2] ?? '')];
    asked += 1;
    const reply = ((): Reply => {
      const refused = refusing(path, asked);
      if (refused !== null) return failure(refused);
      if (ended.has(token)) return failure({ status: 401 });
      if (!allowed(token, hostId)) return failure({ status: 403 });
      if (item !== null) {
        const found = operations.find(({ operationId }) => operationId === ids[0]);
        return found === undefined ? failure({ status: 404 }) : success(bodyOf(found));
      }
      if (list === null || !hosts.has(hostId)) return failure({ status: 404 });
      const goesOn = operations.length > from + pageSize;
      const next = `http://${address}${hostPath}/operations?$skip=${from + pageSize}`;
      return success({ value: onPage.map(bodyOf), ...(goesOn && { '@odata.nextLink': next }) });
    })();
    const retryAfter = reply.headers['Retry-After'];
    for (const id of ids) {
      reads.push({
        at,
        operation: `${hostPath}/operations/${id}`,
        by: item === null ? 'list' : 'item',
        token,
        status: reply.status,
        retryAfterMs: retryAfter === undefined ? null : Number(retryAfter) * 1_000,
        request,
      });
    }
    return reply;
  };

  const answerBatch = (version: string, body: string, token: string, at: number, request: number): Reply => {
    const { requests: parts } = JSON.parse(body) as { requests: { id: string; url: string }[] };
    if (parts.length > 20) return failure({ status: 400 });
    const responses = parts.map(({ id, url }) => ({ id, ...answerRead(`/${version}${url}`, token, at, request) }));
    return success({ responses: responses.reverse() });
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const at = now();
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    const { method = '', url = '' } = incoming;
    const token = (incoming.headers.authorization ?? '').replace(/^Bearer /, '');
    secret(token);
    if (method === 'HEAD') {
      response.end(); // whether anybody is here at all
      return;
    }
    const version = /^\/(v1\.0|beta)\/\$batch$/.exec(url)?.[1];
    const parts = version === undefined ? [url] : partUrls(body).map((part) => `/${version}${part}`);
    const number = requests.push({
      at,
      method,
      path: url,
      asked: parts,
      fromPort: incoming.socket.remotePort ?? 0,
      clientRequestId: firstOf(incoming.headers['client-request-id']),
    });
    const refused = version === undefined ? null : refusing(url, asked);
    const reply =
      refused !== null
        ? failure(refused)
        : version === undefined
          ? answerRead(url, token, at, number)
          : answerBatch(version, body, token, at, number);
    for (const look of waiting) look();
    await held;
    if (latencyMs > 0) await sleep(latencyMs);
    response.writeHead(reply.status, { 'Content-Type': 'application/json', ...reply.headers });
    response.end(JSON.stringify(reply.body));
  };

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: `http://${address}`,
    reads,
    requests,
    put(operation) {
      const operations = hosts.get(operation.hostId) ?? new Map<string, CountedOperation>();
      hosts.set(operation.hostId, operations.set(operation.operationId, operation));
    },
    refuse: (refusal) => void (refusing = refusal ?? (() => null)),
    allow: (rule) => void (allowed = rule),
    endToken: (token) => void ended.add(token),
    hold() {
      let release: () => void = () => undefined;
      held = new Promise((resolve) => (release = resolve));
      return release;
    },
    until: (isAsWanted) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!isAsWanted()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function firstOf(header: string | string[] | undefined): string | null {
  return (typeof header === 'string' ? header : header?.[0]) ?? null;
}

function partUrls(body: string): string[] {
  return (JSON.parse(body) as { requests: { url: string }[] }).requests.map(({ url }) => url);
}

function success(body: unknown): Reply {
  return { status: 200, headers: {}, body };
}

function failure({ status, retryAfter, claims }: Refused): Reply {
  return {
    status,
    headers: {
      ...(retryAfter !== undefined && { 'Retry-After': retryAfter }),
      ...(claims !== undefined && { 'WWW-Authenticate': `Bearer error="insufficient_claims", claims="${claims}"` }),
    },
    body: { error: { code: `Refused${status}`, message: `The answer is ${status}.`, innerError: {} } },
  };
}

function bodyOf({ operationId, status }: CountedOperation): object {
  return {
    id: operationId,
    operationType: 'archiveTeam',
    status,
    createdDateTime: '2026-01-01T00:00:00.0000001Z',
    lastActionDateTime: '2026-01-01T00:00:01.0000001Z',
    attemptsCount: 1,
    targetResourceId: null,
    targetResourceLocation: null,
    error: status === 'failed' ? { code: 'TeamUnavailable', message: 'The team was not found.' } : null,
  };
}
