import { type IncomingMessage, type ServerResponse } from 'node:http';
import { NOT_JSON, type Answer, type GraphRequest } from './message.js';

/** Far above a batch of 20 reads; Graph's own limit is not documented. */
const MAX_BODY_BYTES = 4 * 2 ** 20;

/** A request that was not counted yet. */
export type Received = Omit<GraphRequest, 'number'>;

/** @returns the request once its body is here, or null when that is too long or never came to its end */
export async function receive(incoming: IncomingMessage): Promise<Received | null> {
  const text = await readText(incoming);
  return text === null ? null : receivedWith(incoming, text);
}

/** The request with a body that was read. */
export function receivedWith(incoming: IncomingMessage, text: string): Received {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
  const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  return {
    method: incoming.method ?? 'GET',
    url: incoming.url ?? '/',
    headers,
    body: text === '' ? undefined : parseJson(text),
    origin: `${scheme}://${headers['host'] ?? 'localhost'}`,
    part: false,
    isUncounted: false,
  };
}

async function readText(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_BODY_BYTES) return null;
      chunks.push(chunk);
    }
  } catch {
    return null; // The client went away; there is nobody to answer.
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON; // Whether that matters is for the path to say.
  }
}

/** Writes the answer, or does to it what the wire does to it. */
export function send(response: ServerResponse, { status, headers, body, wire }: Answer): void {
  if (wire === 'hang') return; // Until the client has enough, or the sandbox closes.
  if (wire === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const bytes = Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  response.writeHead(status, { ...headers, 'Content-Length': bytes.length });
  if (wire === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, bytes.length / 2), () => response.socket?.destroy());
}
