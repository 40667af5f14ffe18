import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { operationJson } from '../graph/raw-graph.js';

/**
 * A Microsoft Graph that has whatever it is asked for and remembers nothing of it, so that it may be asked for ever. It
 * looks at each path: one that no read of operations has is written down.
 */
export interface FuzzGraph {
  readonly url: string;
  /** What was asked and must never be, the first hundred. */
  readonly forbidden: readonly string[];
  /** How many HTTP requests it was asked. */
  asked(): number;
  /** Operations of this id have this status from now on; others run. */
  put(operationId: string, status: string): void;
  close(): Promise<void>;
}

/** Unreserved characters and percent-encoded bytes, in one spelling: what our own printing of a key leaves. */
const KEY = /^(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})+$/;

/** Whether a documented read of operations has this path; a list may have the query of its own nextLink, which is none here. */
export function isReadOfOperations(path: string): boolean {
  const match = /^\/(?:v1\.0\/teams|beta\/chats)\/([^/]+)\/operations(?:\/([^/]+))?$/.exec(path);
  return match !== null && match.slice(1).every((key: string | undefined) => key === undefined || isKey(key));
}

function isKey(key: string): boolean {
  if (!KEY.test(key)) return false;
  let decoded: string;
  try {
    decoded = decodeURIComponent(key);
  } catch {
    return false;
  }
  return !/^\.{1,2}$|^\$|[/\\?#%\u0000-\u0020\u007f]/.test(decoded);
}

export async function startFuzzGraph(): Promise<FuzzGraph> {
  const forbidden: string[] = [];
  const statuses = new Map<string, string>();
  let asked = 0;

  const read = (path: string): { status: number; body: object } => {
    if (!isReadOfOperations(path)) {
      if (forbidden.length < 100) forbidden.push(path);
      return { status: 400, body: { error: { code: 'BadRequest', message: 'No.' } } };
    }
    const item = /\/operations\/([^/]+)$/.exec(path)?.[1];
    if (item === undefined) return { status: 200, body: { value: ['1', '2', '3'].map((id) => operation(id)) } };
    const id = decodeURIComponent(item);
    // Every fifth length of an id is one that Graph does not know.
    if (id.length % 5 === 4) return { status: 404, body: { error: { code: 'NotFound', message: 'There is none.' } } };
    return { status: 200, body: operation(id) };
  };
  const operation = (id: string): object => operationJson(id, { status: statuses.get(id) ?? 'inProgress' });

  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    asked += 1;
    const answer = async (): Promise<void> => {
      if (method === 'HEAD') {
        response.end();
        return;
      }
      const body = await text(request);
      const version = /^\/(v1\.0|beta)\/\$batch$/.exec(url)?.[1];
      const isBatch = version !== undefined && method === 'POST';
      const reply = isBatch ? { status: 200, body: { responses: readParts(version, body) } } : read(url);
      response.writeHead(reply.status, { 'Content-Type': 'application/json' }).end(JSON.stringify(reply.body));
    };
    answer().catch(() => response.destroy());
  });
  const readParts = (version: string, body: string): object[] => {
    const { requests } = JSON.parse(body) as { requests: { id: string; url: string }[] };
    return requests.map(({ id, url }) => ({ id, headers: {}, ...read(`/${version}${url}`) }));
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    forbidden,
    asked: () => asked,
    put: (operationId, status) => void statuses.set(operationId, status),
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
