import { describe, expect, it } from '@jest/globals';
import { createAccessTokens, type AccessToken, type TokenFailure } from '../../src/identity/access-tokens.js';
import { GraphError } from '../../src/operation/failure.js';
import { createFakeClock } from '../support/fake-clock.js';

const HOUR_MS = 3_600_000;

function createTokens() {
  const clock = createFakeClock();
  let given = 0;
  return {
    clock,
    tokens: createAccessTokens(clock, () => 0.5),
    give: (): Promise<AccessToken> => Promise.resolve({ token: `token-${++given}`, expiresAt: clock.now() + HOUR_MS }),
  };
}

const failure = (concerns: TokenFailure['concerns'], retryAfterMs: number | null): TokenFailure => ({
  error: new GraphError(retryAfterMs === null ? { kind: 'unavailable' } : { kind: 'throttled', retryAfterMs }, 'No.'),
  concerns,
  retryAfterMs,
});

describe('tokens for Graph', () => {
  it('are forgotten within a minute of their end, failures and all', async () => {
    const { clock, tokens, give } = createTokens();
    for (let n = 0; n < 1_000; n++) {
      await tokens.get(`owner-${n}`, give, Infinity);
      await tokens.get(`refused-${n}`, () => Promise.resolve(failure('caller', null)), Infinity).catch(() => null);
    }
    expect(tokens.sizes).toEqual({ tokens: 1_000, failures: 1_000, flights: 0 });
    await clock.advance(3 * 60_000);
    expect(tokens.sizes).toEqual({ tokens: 1_000, failures: 0, flights: 0 });
    await clock.advance(HOUR_MS);
    expect(tokens.sizes).toEqual({ tokens: 0, failures: 0, flights: 0 });
    expect(clock.pending).toBe(0);
  });

  it('are held of so many callers, and then of the latest', async () => {
    const { tokens, give } = createTokens();
    for (let n = 0; n < 20_010; n++) await tokens.get(`owner-${n}`, give, Infinity);
    expect(tokens.sizes.tokens).toBe(20_000);
    expect(await tokens.get('owner-20009', give, Infinity)).toBe('token-20010');
    expect(await tokens.get('owner-0', give, Infinity)).toBe('token-20011');
  });

  it('are refused to so many callers, and then the latest of them are remembered', async () => {
    const { tokens, give } = createTokens();
    const refuse = (): Promise<TokenFailure> => Promise.resolve(failure('caller', null));
    for (let n = 0; n < 20_010; n++) await tokens.get(`refused-${n}`, refuse, Infinity).catch(() => null);
    expect(tokens.sizes.failures).toBe(20_000);
    await expect(tokens.get('refused-20009', give, Infinity)).rejects.toMatchObject({
      reason: { kind: 'unavailable' },
    });
    expect(await tokens.get('refused-0', give, Infinity)).toBe('token-1');
  });

  it('are discarded by so many callers, and then the latest of them may not do so again', async () => {
    const { tokens, give } = createTokens();
    const discardOf = async (owner: string): Promise<boolean> => {
      const token = await tokens.get(owner, give, Infinity);
      tokens.discard(owner, token);
      return (await tokens.get(owner, give, Infinity)) !== token;
    };
    let kept = 0; // counted, since a look with `expect` takes longer than all that is looked at
    for (let n = 0; n < 20_001; n++) if (!(await discardOf(`owner-${n}`))) kept += 1;
    expect(kept).toBe(0);
    expect(await discardOf('owner-1')).toBe(false);
    expect(await discardOf('owner-0')).toBe(true);
  });

  it('are held no longer than the token they were had for', async () => {
    const { clock, tokens, give } = createTokens();
    await tokens.get('owner', give, clock.now() + 1_000);
    await clock.advance(1_000);
    expect(await tokens.get('owner', give, Infinity)).toBe('token-2');
  });

  it('are not asked for in a pause that began while a good answer was under way', async () => {
    const { clock, tokens, give } = createTokens();
    let release = (): void => undefined;
    const slow = tokens.get(
      'slow',
      () => new Promise((resolve) => (release = () => void give().then(resolve))),
      Infinity,
    );
    await tokens.get('throttled', () => Promise.resolve(failure('everyone', 5_000)), Infinity).catch(() => null);
    release();
    await slow;
    await expect(tokens.get('third', give, Infinity)).rejects.toMatchObject({
      reason: { kind: 'throttled', retryAfterMs: 5_000 },
    });
    await clock.advance(5_000);
    await tokens.get('third', give, Infinity);
  });

  it('are asked for in ever longer pauses, of half a minute to a minute at last', async () => {
    const { clock, tokens } = createTokens();
    const askedAt: number[] = [];
    const startedAt = clock.now();
    const refuse = (): Promise<TokenFailure> => {
      askedAt.push(clock.now() - startedAt);
      return Promise.resolve(failure('caller', null));
    };
    for (let step = 0; step < 4_000; step++) {
      await tokens.get('owner', refuse, Infinity).catch(() => null);
      await clock.advance(100);
    }
    const pausesMs = askedAt.slice(1).map((at, n) => at - (askedAt[n] ?? 0));
    expect(pausesMs.slice(0, 7)).toEqual([1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000]);
  });
});
