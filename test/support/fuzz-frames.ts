import { type Chance } from './fuzz-chance.js';
import { anyHost, anyRef } from './fuzz-requests.js';
import { anyText, anyValue, mutated } from './fuzz-texts.js';

/** What a client puts on a websocket: a message, in one frame or in several, or bytes that need not be a frame. */
export type FuzzFrame =
  | { readonly text: string }
  | { readonly binary: string }
  | { readonly fragments: readonly string[] }
  | { readonly bytes: Buffer };

/** All that one client says, from its first word to how it goes. */
export interface FuzzSession {
  /** Undefined where the client names none. */
  readonly protocol: string | undefined;
  /** Whether it says who it is, and waits for the answer, before anything else. */
  readonly greets: boolean;
  readonly frames: readonly FuzzFrame[];
  /** It waits for an answer to its last word; cuts the connection; or never reads, and cuts it. */
  readonly ending: 'waits' | 'cuts' | 'deaf';
}

export const GREETING = JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer caller-1' } });

export function anySession(chance: Chance): FuzzSession {
  const isRude = chance.oneIn(3);
  const greets = !chance.oneIn(isRude ? 5 : 40);
  const polite = chance.several(1, 60, () => politeFrame(chance));
  return {
    protocol: chance.oneIn(100)
      ? chance.pick<string | undefined>([undefined, 'graphql-ws', 'x'])
      : 'graphql-transport-ws',
    greets,
    frames: isRude ? [...polite, rudeFrame(chance), ...chance.several(0, 5, () => politeFrame(chance))] : polite,
    ending: chance.weighed<FuzzSession['ending']>([
      [6, () => 'waits'],
      [2, () => 'cuts'],
      [0.3, () => 'deaf'],
    ]),
  };
}

const DOCUMENTS = [
  'subscription ($refs: [OperationRef!]!, $after: String) { operationStatusChanged(refs: $refs, after: $after) { to cursor operation { id } } }',
  'subscription ($host: OperationHost!) { hostOperationStatusChanged(host: $host) { to operation { id } } }',
  'query ($refs: [OperationRef!]!) { operation(ref: { id: "x" }) { id } }',
  'query ($ref: OperationRef!) { operation(ref: $ref) { id state } }',
  'query ($ref: OperationRef!) { waitForOperation(ref: $ref, timeoutSeconds: 5) { state } }',
  '{ __typename }',
  'subscription { __typename }',
  'subscription { operationStatusChanged(refs: []) @skip(if: true) { to } }',
  'subscription ($a: Boolean!) { ... @include(if: $a) { operationStatusChanged(refs: []) { to } } }',
  '{',
] as const;
const IDS = ['1', '2', '3', '"', '\\', '\\"', "'", '__proto__', 'constructor', 'ключ', '💥', '\ud800', '\u0000', '\n', ' ', 'x'.repeat(300)] as const; // prettier-ignore

/** An id that may be used again as soon as it is done with: each is mostly one of its own. */
function freshId(chance: Chance): string {
  return chance.oneIn(60) ? chance.pick(IDS) : `${chance.below(1e9).toString(36)}${chance.pick(IDS)}`;
}

/** What the protocol allows; a socket may take it as long as no id is used twice at a time. */
function politeFrame(chance: Chance): FuzzFrame {
  const text = (message: object): FuzzFrame => ({ text: JSON.stringify(message) });
  return chance.weighed<FuzzFrame>([
    [8, () => text(subscribing(chance))],
    [3, () => text({ type: 'complete', id: freshId(chance) })],
    [3, () => text({ type: 'ping' })],
    [2, () => text({ type: 'ping', payload: { any: anyText(chance) } })],
    [1, () => text({ type: 'pong' })],
    [1, () => text({ type: 'pong', payload: { any: anyValue(chance) } })],
    [1, () => ({ fragments: inPieces(chance, JSON.stringify(subscribing(chance))) })],
    [0.5, () => ({ bytes: frameOf({ opcode: 9, payload: Buffer.from('ping') }) })],
    [0.5, () => ({ bytes: frameOf({ opcode: 10, payload: Buffer.alloc(0) }) })],
  ]);
}

function subscribing(chance: Chance): object {
  const variables = chance.weighed<unknown>([
    [6, () => ({ refs: chance.several(1, 3, () => anyRef(chance)), ref: anyRef(chance), host: anyHost(chance) })],
    [1, () => ({ refs: [anyRef(chance)], after: anyText(chance) })],
    [1, () => Object.fromEntries([['refs', anyValue(chance)]])],
  ]);
  const query = chance.pick(DOCUMENTS);
  const payload = { query: chance.oneIn(20) ? mutated(chance, query) : query, variables };
  return {
    type: 'subscribe',
    id: freshId(chance),
    payload: { ...payload, ...(payload.query === '' && { query: '{' }) },
  };
}

/** What ends a socket, or may. */
function rudeFrame(chance: Chance): FuzzFrame {
  const text = (message: unknown): FuzzFrame => ({ text: JSON.stringify(message) });
  const right = JSON.stringify(subscribing(chance));
  return chance.weighed<FuzzFrame>([
    [3, () => ({ text: right.slice(0, chance.below(right.length)) })],
    [3, () => ({ text: mutated(chance, right) })],
    [2, () => ({ text: anyText(chance) })],
    [2, () => text(anyValue(chance))],
    [1, () => text({ type: chance.pick(['connection_ack', 'next', 'error', 'start', '', 7]), id: '1', payload: [] })],
    [1, () => text({ type: 'subscribe', id: anyValue(chance), payload: anyValue(chance) })],
    [1, () => text({ type: 'complete', id: anyValue(chance) })],
    [1, () => text({ type: 'ping', payload: anyValue(chance) })],
    [1, () => text({ type: 'ping', payload: { authorization: anyValue(chance) } })],
    [1, () => ({ text: GREETING })],
    [1, () => ({ binary: right })],
    [0.2, () => text({ type: 'subscribe', id: '1', payload: { query: `{ a(b: "${'x'.repeat(1_000_000)}") }` } })],
    [0.2, () => ({ text: '['.repeat(chance.below(200_000)) })],
    [0.2, () => ({ fragments: Array.from({ length: 40 }, () => 'x'.repeat(25_000)) })],
    [1, () => ({ bytes: brokenFrame(chance) })],
  ]);
}

function inPieces(chance: Chance, text: string): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = 1 + chance.below(text.length / 2);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

function brokenFrame(chance: Chance): Buffer {
  const payload = Buffer.from('{"type":"ping"}');
  return chance.pick([
    frameOf({ opcode: 1, payload: Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]) }), // half a surrogate is no UTF-8
    frameOf({ opcode: 1, payload, masked: false }),
    frameOf({ opcode: 3, payload }),
    frameOf({ opcode: 1, payload, reserved: 4 }),
    frameOf({ opcode: 0, payload }), // goes on with nothing
    Buffer.concat([frameOf({ opcode: 1, payload, isLast: false }), frameOf({ opcode: 1, payload })]),
    frameOf({ opcode: 9, payload, isLast: false }),
    frameOf({ opcode: 9, payload: Buffer.alloc(126) }),
    frameOf({ opcode: 8, payload: Buffer.from([0x03]) }),
    frameOf({ opcode: 8, payload: Buffer.from([0x03, 0xed]) }), // 1005, which nobody may send
    Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), // announces 2^64 - 1 bytes
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    Buffer.from(chance.several(1, 40, () => chance.below(256))),
  ]);
}

/** A frame as RFC 6455 has it, or as it must not be. Payloads here are short. */
export function frameOf(frame: {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly isLast?: boolean;
  readonly masked?: boolean;
  readonly reserved?: number;
}): Buffer {
  const { opcode, payload, isLast = true, masked = true, reserved = 0 } = frame;
  const first = (isLast ? 0x80 : 0) | (reserved << 4) | opcode;
  const { length } = payload;
  const lengths = length < 126 ? [length] : [126, length >> 8, length & 0xff];
  const [second = 0, ...extended] = lengths;
  const mask = masked ? [0, 0, 0, 0] : []; // of zeros, so that the payload is as it was
  return Buffer.concat([Buffer.from([first, (masked ? 0x80 : 0) | second, ...extended, ...mask]), payload]);
}

/** The id that a subscription of this text would have; null when it is none. */
export function idIn(text: string): string | null {
  try {
    const message = JSON.parse(text) as { type?: unknown; id?: unknown } | null;
    return message?.type === 'subscribe' && typeof message.id === 'string' ? message.id : null;
  } catch {
    return null;
  }
}
