import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { createForwardIdentity } from '../../src/identity/forward.js';
import { createKeyedHash } from '../../src/identity/keyed-hash.js';
import { GraphError } from '../../src/operation/failure.js';
import { type Caller } from '../../src/operation/scope.js';

const TOKEN = 'eyJ0eXAiOiJKV1Qi.eyJzdWIiOiI-_~+/x.c2ln==';

async function callerOf(
  authorization: string | undefined,
  key = Buffer.alloc(32, 1),
  standInToken: string | null = null,
): Promise<Caller> {
  const identity = createForwardIdentity({ standInToken, keyedHash: createKeyedHash(key) });
  const caller = await identity.identify(authorization);
  if (caller === null || caller instanceof GraphError) throw new Error(`No caller: ${String(caller)}`);
  return caller;
}

describe('a caller whose token is forwarded', () => {
  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER   ${TOKEN}`, `  Bearer ${TOKEN}  `])(
    'is known by its token, however it is written: %j',
    async (authorization) => {
      const caller = await callerOf(authorization);
      expect(await caller.accessToken()).toBe(TOKEN);
      expect(caller.scope).toBe((await callerOf(`Bearer ${TOKEN}`)).scope);
    },
  );

  it('shares its scope with nobody who has another token', async () => {
    const words = ['one', 'two', 'One', 'one=', 'one.'];
    const scopes = await Promise.all(words.map(async (token) => (await callerOf(`Bearer ${token}`)).scope));
    expect(new Set(scopes).size).toBe(scopes.length);
  });

  it('has a scope that only this gateway can make', async () => {
    const [one, other] = [await callerOf('Bearer one'), await callerOf('Bearer one', Buffer.alloc(32, 2))];
    expect(one.scope).not.toBe(other.scope);
    expect(createKeyedHash()('one')).not.toBe(createKeyedHash()('one')); // a key of its own for each run
  });

  it('shows its token to nobody who looks at it', async () => {
    const caller = await callerOf(`Bearer ${TOKEN}`);
    for (const shown of [
      JSON.stringify(caller),
      inspect(caller, { depth: 9, showHidden: true }),
      String(caller.scope),
    ]) {
      expect(shown).not.toContain(TOKEN);
      expect(shown).not.toContain(Buffer.from(TOKEN).toString('base64url'));
    }
  });

  it.each([
    'Bearer',
    'Bearer ',
    `Basic ${TOKEN}`,
    TOKEN,
    `Bearer${TOKEN}`,
    `Bearer ${TOKEN} ${TOKEN}`,
    `Bearer ${TOKEN}, Bearer ${TOKEN}`,
    `Bearer ${TOKEN}\r\nHost: evil.example`,
    'Bearer "quoted"',
    'Bearer tökén',
    'Bearer =',
  ])('is refused when its authorization is %j, which is not quoted', async (authorization) => {
    const identity = createForwardIdentity({ standInToken: 'stand-in', keyedHash: createKeyedHash() });
    const refusal = await identity.identify(authorization);
    expect(refusal).toBeInstanceOf(GraphError);
    expect(refusal).toMatchObject({ reason: { kind: 'unauthenticated' } });
    expect(inspect(refusal)).not.toContain(TOKEN);
  });

  it.each([undefined, '', '   '])('is nobody when it says %j, but before the sandbox', async (authorization) => {
    const { identify } = createForwardIdentity({ standInToken: null, keyedHash: createKeyedHash() });
    expect(await identify(authorization)).toBeNull();

    const standIn = await callerOf(authorization, Buffer.alloc(32, 1), 'stand-in');
    expect(await standIn.accessToken()).toBe('stand-in');
    expect(standIn.scope).toBe((await callerOf('Bearer stand-in')).scope);
  });
});
