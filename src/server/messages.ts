import { MessageType } from 'graphql-ws';
import { isJsonObject } from '../operation/json.js';

/** A message of `graphql-transport-ws`, or what looks like one: graphql-ws has not looked at it. */
export interface ClientMessage {
  readonly type: unknown;
  readonly id: unknown;
  readonly payload: unknown;
}

/** What only a server says; from a client it is as wrong as an unknown word. */
const WORDS_OF_SERVERS: readonly unknown[] = [MessageType.ConnectionAck, MessageType.Next, MessageType.Error];

/** An id is kept as long as its operation runs; those of clients are UUIDs or numbers. */
const MAX_ID_LENGTH = 4_096;

/**
 * What a client said, without what nobody will read: graphql-ws keeps a message for as long as its operation runs, and
 * parsed JSON may take thirty times the bytes that were sent.
 * @returns null when it is not for a client to say
 */
export function readMessage(text: string): ClientMessage | null {
  const message = parse(text);
  if (!isJsonObject(message)) return null;
  const { type, id, payload } = message;
  if (WORDS_OF_SERVERS.includes(type)) return null;
  if (typeof id === 'string' && id.length > MAX_ID_LENGTH) return null;
  return { type, id, payload: leanPayload(type, payload) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function leanPayload(type: unknown, payload: unknown): unknown {
  if (!isJsonObject(payload)) return payload;
  const { authorization } = payload;
  if (type === MessageType.ConnectionInit) return { authorization };
  // A ping that brings no token is answered with what it says, and at once.
  return type === MessageType.Ping && authorization !== undefined ? { authorization } : payload;
}
