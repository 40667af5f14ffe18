import { type IncomingMessage } from 'node:http';

/** What a request brought. */
export type Body =
  /** Undefined where it is not said to be JSON, and was left unread. */
  | { readonly text: string | undefined }
  | { readonly status: number; readonly problem: string }
  /** Bytes, more than there may be. */
  | { readonly length: number }
  /** There is nobody left to answer. */
  | 'gone';

/** Only what is said to be JSON is read: what a page of another origin can send without being asked first is left unread, and refused. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Body> {
  const type = request.headers['content-type'] ?? '';
  if (type !== 'application/json') {
    const [name = '', ...parameters] = type.toLowerCase().split(';');
    if (name.trim() !== 'application/json') return { text: undefined };
    const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith('charset='));
    if (charset !== undefined && !/^charset="?utf-?8"?$/.test(charset)) {
      return { status: 415, problem: 'The body must be UTF-8.' };
    }
  }
  const bytes = await readBytes(request, maxBytes);
  return Buffer.isBuffer(bytes) ? { text: bytes.toString() } : bytes;
}

/** By events: an iterator over the chunks of a body costs three times what reading one chunk does, and most are one. */
function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer | { readonly length: number } | 'gone'> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= maxBytes) {
        chunks.push(chunk);
        return;
      }
      chunks = [];
      resolve({ length }); // the rest is thrown away; the answer goes over the same connection, and the next request
    });
    request.on('end', () => {
      const [first, ...others] = chunks;
      chunks = [];
      resolve(
        first !== undefined && others.length === 0
          ? first
          : Buffer.concat(first === undefined ? [] : [first, ...others]),
      );
    });
    // After an end as well, which changes nothing then. Cut off, or no HTTP: a listener for errors would hear it first.
    request.on('close', () => {
      chunks = [];
      resolve('gone');
    });
  });
}

/** @returns undefined for what is not JSON: what JSON.parse says quotes the text */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
