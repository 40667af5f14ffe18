import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { createForwardIdentity } from '../../src/identity/forward.js';
import { GraphError } from '../../src/operation/failure.js';
import { type Caller } from '../../src/operation/scope.js';

const TOKEN = 'eyJ0eXAiOiJKV1Qi.eyJzdWIiOiI-_~+/x.c2ln==';

function callerOf(
  authorization: string | undefined,
  scopeKey = Buffer.alloc(32, 1),
  standIn: string | null = null,
): Caller {
  const caller = createForwardIdentity({ standInToken: standIn, scopeKey }).identify(authorization);
  if (caller === null || caller instanceof GraphError) throw new Error(`No caller: ${String(caller)}`);
  return caller;
}

describe('a caller whose token is forwarded', () => {
  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`, `BEARER   ${TOKEN}`, `  Bearer ${TOKEN}  `])(
    'is known by its token, however it is written: %j',
    async (authorization) => {
      const caller = callerOf(authorization);
      expect(await caller.accessToken()).toBe(TOKEN);
      expect(caller.scope).toBe(callerOf(`Bearer ${TOKEN}`).scope);
    },
  );

  it('shares its scope with nobody who has another token', () => {
    const scopes = ['one', 'two', 'One', 'one=', 'one.'].map((token) => callerOf(`Bearer ${token}`).scope);
    expect(new Set(scopes).size).toBe(scopes.length);
  });

  it('has a scope that only this gateway can make', () => {
    const [one, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((key) => callerOf('Bearer one', key).scope);
    expect(one).not.toBe(other);
    const [first, second] = [1, 2].map(() => createForwardIdentity({ standInToken: null }).identify('Bearer one'));
    expect(first).not.toHaveProperty('scope', (second as Caller).scope); // a key of its own for each run
  });

  it('shows its token to nobody who looks at it', () => {
    const caller = callerOf(`Bearer ${TOKEN}`);
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
  ])('is refused when its authorization is %j, which is not quoted', (authorization) => {
    const refusal = createForwardIdentity({ standInToken: 'stand-in' }).identify(authorization);
    expect(refusal).toBeInstanceOf(GraphError);
    expect(refusal).toMatchObject({ reason: { kind: 'unauthenticated' } });
    expect(inspect(refusal)).not.toContain(TOKEN);
  });

  it.each([undefined, '', '   '])('is nobody when it says %j, but before the sandbox', async (authorization) => {
    const { identify } = createForwardIdentity({ standInToken: null });
    expect(identify(authorization)).toBeNull();

    const standIn = callerOf(authorization, Buffer.alloc(32, 1), 'stand-in');
    expect(await standIn.accessToken()).toBe('stand-in');
    expect(standIn.scope).toBe(callerOf('Bearer stand-in').scope);
  });
});
