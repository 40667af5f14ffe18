import { afterEach } from '@jest/globals';
import { type Random } from '../../src/lib/random.js';
import { isJsonObject, type JsonObject } from '../../src/sandbox/message.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.js';
import { createFakeClock, type FakeClock } from '../support/fake-clock.js';

/** The same numbers each time. Source: the multiplicative congruential generator of Lehmer, in the form of 1988. */
export function seededRandom(seed = 1): Random {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Of the text; an empty object when it is not a JSON object. */
  readonly body: JsonObject;
}

export interface TestSandbox {
  readonly sandbox: Sandbox;
  readonly clock: FakeClock;
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Reply>;
  readonly post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Reply>;
}

const running: Sandbox[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((sandbox) => sandbox.close()));
});

/** A sandbox on a free port, without limits unless told, closed after the test. Requests are the demo user's. */
export async function startTestSandbox(options: Partial<SandboxOptions> = {}): Promise<TestSandbox> {
  const clock = createFakeClock();
  const sandbox = await startSandbox({ clock, random: seededRandom(), limits: 'none', ...options });
  running.push(sandbox);
  const authorization = `Bearer ${sandbox.demoToken}`;
  return {
    sandbox,
    clock,
    get: async (path, headers = {}) =>
      reply(await fetch(`${sandbox.url}${path}`, { headers: { authorization, ...headers }, redirect: 'manual' })),
    post: async (path, body, headers = {}) =>
      reply(
        await fetch(`${sandbox.url}${path}`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
  };
}

async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parseObject(text) };
}

export function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {}; // HTML, or half of a body: the test looks at the text
  }
}

export function object(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw new Error(`Not an object: ${JSON.stringify(value)}`);
  return value;
}

export function list(value: unknown): JsonObject[] {
  if (!Array.isArray(value)) throw new Error(`Not a list: ${JSON.stringify(value)}`);
  return value.map(object);
}

export function text(value: unknown): string {
  if (typeof value !== 'string') throw new Error(`Not a string: ${JSON.stringify(value)}`);
  return value;
}

/** The `error` of Graph's envelope. */
export function errorOf(reply: Reply): JsonObject {
  return object(reply.body['error']);
}

/** The ids of a page's entries. */
export function idsOf(reply: Reply): string[] {
  return list(reply.body['value']).map(({ id }) => text(id));
}
