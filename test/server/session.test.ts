import { describe, expect, it } from '@jest/globals';
import { GraphError } from '../../src/operation/failure.js';
import { type Caller, type Scope } from '../../src/operation/scope.js';
import { openSession, type ExpiryNotice, type Identify, type SessionClient } from '../../src/server/session.js';
import { createFakeClock } from '../support/fake-clock.js';

const MINUTE_MS = 60_000;
const REFUSED = new GraphError({ kind: 'unauthenticated' }, 'Microsoft Graph answered 401.');

/** A session whose clients write the ms for which a token lasts as the token, and `-` for one of which nobody knows. */
function open(token: string) {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const said: (ExpiryNotice | 'expired' | 'changed')[] = [];
  const callerOf = (text: string): Caller => ({
    scope: text as Scope,
    subject: text,
    credential: text,
    graphSees: 'caller',
    expiresAt: text === '-' ? null : startedAt + Number(text),
    accessToken: () => Promise.resolve(text),
  });
  const identify: Identify = (text) => {
    if (text === undefined || text === '') return Promise.resolve(null);
    return Promise.resolve(text === 'wrong' ? REFUSED : callerOf(text));
  };
  const client: SessionClient = {
    warn: (notice) => said.push(notice),
    expire: () => said.push('expired'),
    hasAnotherCaller: () => said.push('changed'),
  };
  const session = openSession(callerOf(token), client, { identify, clock });
  const notice = (ms: number): ExpiryNotice => ({ tokenExpiresAt: new Date(startedAt + ms).toISOString() });
  return { clock, session, said, notice };
}

describe('the session of a socket', () => {
  it('warns a minute before its token ends, and expires with it', async () => {
    const { clock, said, notice } = open('300000');
    await clock.advance(4 * MINUTE_MS - 1);
    expect(said).toEqual([]);
    await clock.advance(1);
    expect(said).toEqual([notice(300_000)]);
    await clock.advance(MINUTE_MS - 1);
    expect(said).toHaveLength(1);
    await clock.advance(1);
    expect(said).toEqual([notice(300_000), 'expired']);
  });

  it('warns at once where less than a minute is left', async () => {
    const { clock, said, notice } = open('5000');
    await clock.advance(0);
    expect(said).toEqual([notice(5_000)]);
  });

  it('never ends by itself where the end of its token is not known', async () => {
    const { clock, said } = open('-');
    await clock.advance(1_000 * MINUTE_MS);
    expect(said).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it.each(['300000', '-'])(
    'gives ten seconds to bring another token once Graph refuses this one: %s',
    async (token) => {
      const { clock, session, said, notice } = open(token);
      expect([session.refused(REFUSED), session.refused(REFUSED)]).toEqual([true, true]);
      expect(said).toEqual([notice(0)]);
      await clock.advance(9_999);
      expect(said).toHaveLength(1);
      await clock.advance(1);
      expect(said).toEqual([notice(0), 'expired']);
    },
  );

  it('tells what the next token has to satisfy', () => {
    const { session, said, notice } = open('-');
    session.refused(new GraphError({ kind: 'unauthenticated', claims: 'eyJ4Ijoxfq' }, 'No.'));
    expect(said).toEqual([{ ...notice(0), claims: 'eyJ4Ijoxfq' }]);
  });

  it.each([
    { after: 'a warning', refuse: false },
    { after: 'a refusal', refuse: true },
  ])('goes on with a token that is brought after $after', async ({ refuse }) => {
    const { clock, session, said, notice } = open('300000');
    await clock.advance(4 * MINUTE_MS);
    if (refuse) session.refused(REFUSED);
    expect(await session.renew('900000')).toBeNull();
    expect(session.caller.scope).toBe('900000');
    expect(said.at(-1)).toBe('changed');
    await clock.advance(10 * MINUTE_MS - 1);
    expect(said.at(-1)).toBe('changed');
    await clock.advance(1);
    expect(said.at(-1)).toEqual(notice(900_000));
  });

  it.each(['wrong', ''])('keeps the token it has when another one is not taken: %j', async (token) => {
    const { clock, session, said } = open('300000');
    expect(await session.renew(token)).toMatchObject({ reason: { kind: 'unauthenticated' } });
    expect(session.caller.scope).toBe('300000');
    await clock.advance(5 * MINUTE_MS);
    expect(said.at(-1)).toBe('expired');
    expect(said).not.toContain('changed');
  });

  it('takes the last of several tokens that are brought at once', async () => {
    const { session, said } = open('300000');
    await Promise.all(['600000', '700000', '800000'].map((token) => session.renew(token)));
    expect(session.caller.scope).toBe('800000');
    expect(said.at(-1)).toBe('changed');
  });

  it('tells whoever listens, and nobody who listens no more', async () => {
    const { session } = open('300000');
    const told: string[] = [];
    const stops = ['first', 'second'].map((name) => session.onChange(() => told.push(name)));
    await session.renew('600000');
    stops[0]?.();
    await session.renew('700000');
    expect(told).toEqual(['first', 'second', 'second']);
  });

  it('awaits another token anew when Graph refuses the next one too', async () => {
    const { clock, session, said, notice } = open('-');
    session.refused(REFUSED);
    await clock.advance(5_000);
    await session.renew('3600000');
    session.refused(REFUSED);
    expect(said).toEqual([notice(0), 'changed', notice(5_000)]);
    await clock.advance(9_999);
    expect(said).toHaveLength(3);
    await clock.advance(1);
    expect(said.at(-1)).toBe('expired');
  });

  it('keeps a token that it has accepted when another one is brought at the same time and not taken', async () => {
    const { session } = open('300000');
    const answers = await Promise.all(['600000', 'wrong'].map((token) => session.renew(token)));
    expect(answers).toEqual([null, REFUSED]);
    expect(session.caller.scope).toBe('600000');
  });

  it('does not take the token again that Graph has refused', async () => {
    const { clock, session, said } = open('-');
    session.refused(REFUSED);
    expect(await session.renew('-')).toMatchObject({ reason: { kind: 'unauthenticated' } });
    await clock.advance(10_000);
    expect(said.at(-1)).toBe('expired');
  });

  it('is over with its socket: no timer is left, and a token that comes late changes nothing', async () => {
    const { clock, session, said } = open('300000');
    const late = session.renew('600000');
    session.end();
    await late;
    expect([clock.pending, said, session.caller.scope]).toEqual([0, [], '300000']);
  });
});
