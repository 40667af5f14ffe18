import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A request as it came over the wire. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The client's port: two requests with one port came over one connection. */
  readonly port: number | undefined;
}

export type Answering = (response: ServerResponse, request: Received) => void;

/** A server that writes what a test tells it to, well formed or not. */
export interface RawGraph {
  readonly url: URL;
  readonly received: readonly Received[];
  /** Resolves when so many requests have come. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

export async function startRawGraph(answering: Answering): Promise<RawGraph> {
  const received: Received[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers, socket } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString(), port: socket.remotePort };
      received.push(one);
      for (const { count, resolve } of waiting) if (received.length >= count) resolve();
      answering(response, one);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    received,
    arrived: (count) =>
      received.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** Answers every request alike. */
export function always(status: number, body: unknown, headers: Record<string, string | string[]> = {}): Answering {
  return (response) => sendJson(response, status, body, headers);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string | string[]> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export interface PartRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function partsOf(request: Received): readonly PartRequest[] {
  return (JSON.parse(request.body) as { requests: PartRequest[] }).requests;
}

/** What a part is answered with; `undefined` leaves it out. */
export type AnsweringPart = (part: PartRequest, at: number) => object | undefined;

/** Answers batches part by part. @param arrange puts the answers into another order */
export function byPart(answerPart: AnsweringPart, arrange = (parts: object[]) => parts): Answering {
  return (response, request) => {
    const parts = partsOf(request).flatMap((part, at) => {
      const answer = answerPart(part, at);
      return answer === undefined ? [] : { id: part.id, ...answer };
    });
    sendJson(response, 200, { responses: arrange(parts) }, { 'request-id': 'of-the-batch' });
  };
}

/** One of Graph's operations; every test says only what matters to it. */
export function operationJson(id: string, members: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id,
    operationType: 'archiveTeam',
    status: 'inProgress',
    createdDateTime: '2026-01-01T00:00:00.0000000Z',
    lastActionDateTime: '2026-01-01T00:00:01.0000000Z',
    attemptsCount: 1,
    targetResourceId: null,
    targetResourceLocation: null,
    error: null,
    ...members,
  };
}
