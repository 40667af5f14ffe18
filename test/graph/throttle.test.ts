import { describe, expect, it } from '@jest/globals';
import { type Answer } from '../../src/graph/answer.js';
import { parsePause } from '../../src/graph/pause-notice.js';
import { createThrottles, type Pause } from '../../src/graph/throttle.js';

const START = Date.UTC(2026, 0, 1);
const TEAM = '/v1.0/teams/a-team';
const CHAT = '/beta/chats/a-chat';

function answer(status: number, headers: Record<string, string> = {}): Answer {
  return { status, headers: new Map(Object.entries(headers)), body: undefined };
}

describe('a throttle', () => {
  it('silences the host it befell, to the millisecond, and no other', () => {
    const throttles = createThrottles(() => 0);

    expect(throttles.hear(TEAM, answer(429, { 'retry-after': '2.128' }), START)).toBe(2_128);

    expect(throttles.quietMs(TEAM, START)).toBe(2_128);
    expect(throttles.quietMs(TEAM, START + 2_127)).toBe(1);
    expect(throttles.quietMs(TEAM, START + 2_128)).toBe(0);
    expect(throttles.quietMs(CHAT, START)).toBe(0);
  });

  it('is also a 503 that says when to come back, and not one that does not', () => {
    const throttles = createThrottles(() => 0);

    expect(throttles.hear(TEAM, answer(503, { 'retry-after': '7' }), START)).toBe(7_000);
    expect(throttles.hear(CHAT, answer(503), START)).toBeNull();
    expect(throttles.quietMs(CHAT, START)).toBe(0);
  });

  it.each([408, 424, 500, 502, 504, 509])('is no other failure that says when to come back: %i', (status) => {
    const throttles = createThrottles(() => 0);

    expect(throttles.hear(TEAM, answer(status, { 'retry-after': '9.5' }), START)).toBe(9_500);
    expect(throttles.hear(null, answer(status, { 'retry-after': '9.5' }), START)).toBe(9_500);
    expect(throttles.quietMs(TEAM, START)).toBe(0);
  });

  it('is no success, whatever it says of later', () => {
    expect(createThrottles(() => 0).hear(TEAM, answer(200, { 'retry-after': '7' }), START)).toBeNull();
  });

  it.each([
    { host: null, headers: {}, because: 'a whole batch was throttled' },
    { host: TEAM, headers: { 'x-ms-throttle-scope': 'Tenant/ReadWrite/app/tenant' }, because: 'the tenant was' },
    { host: TEAM, headers: { 'x-ms-throttle-scope': 'Tenant_Application/Read/app/tenant' }, because: 'both were' },
    { host: TEAM, headers: { 'x-ms-throttle-scope': 'Application/ReadWrite/app' }, because: 'the application was' },
  ])('silences every host when $because', ({ host, headers }) => {
    const throttles = createThrottles(() => 0);

    throttles.hear(host, answer(429, { 'retry-after': '5', ...headers }), START);

    expect(throttles.quietMs(CHAT, START + 1_000)).toBe(4_000);
  });

  it('of one resource stays with its host even when it names a scope', () => {
    const throttles = createThrottles(() => 0);

    throttles.hear(TEAM, answer(429, { 'retry-after': '5', 'x-ms-throttle-scope': 'Resource/Read/app/team' }), START);

    expect([TEAM, CHAT].map((host) => throttles.quietMs(host, START))).toEqual([5_000, 0]);
  });

  it('never ends a longer silence that another one began', () => {
    const throttles = createThrottles(() => 0);
    throttles.hear(TEAM, answer(429, { 'retry-after': '60' }), START);

    expect(throttles.hear(TEAM, answer(429, { 'retry-after': '5' }), START)).toBe(5_000);
    expect(throttles.quietMs(TEAM, START)).toBe(60_000);
  });

  it('is not lifted by an answer to a read that was under way with it', () => {
    const throttles = createThrottles(() => 0);
    throttles.hear(TEAM, answer(429, { 'retry-after': '60' }), START);
    throttles.hear(TEAM, answer(200), START + 10);

    expect(throttles.quietMs(TEAM, START + 10)).toBe(59_990);
  });
});

describe('what is to be left alone by itself', () => {
  const OPERATION = `${TEAM}/operations/O`;

  it('is silent as long as it has to be, and its host is not', () => {
    const throttles = createThrottles(() => 0);
    throttles.rest(OPERATION, 9_500, START);
    throttles.rest(OPERATION, 2_000, START); // takes nothing back

    expect(throttles.quietMs(OPERATION, START + 9_499)).toBe(1);
    expect(throttles.quietMs(OPERATION, START + 9_500)).toBe(0);
    expect(throttles.quietMs(TEAM, START)).toBe(0);
  });

  it('is told to others who read for the same tenant', () => {
    const there = createThrottles(() => 0);
    const here = createThrottles(
      () => 0,
      (pause) => {
        const heard = parsePause({ ...pause });
        if (heard !== null) there.hearPause(heard, START);
      },
    );
    here.rest(OPERATION, 9_500, START);

    expect([OPERATION, TEAM].map((location) => there.quietMs(location, START))).toEqual([9_500, 0]);
  });
});

describe('a throttle that names no time', () => {
  /** Throttled again each time the silence is over. */
  function waits(rounds: number, random: () => number): number[] {
    const throttles = createThrottles(random);
    let now = START;
    return Array.from({ length: rounds }, () => {
      const waitMs = throttles.hear(TEAM, answer(429), now) ?? -1;
      now += waitMs;
      return waitMs;
    });
  }

  it('doubles from three seconds and stays below three minutes', () => {
    expect(waits(8, () => 0)).toEqual([3_000, 6_000, 12_000, 24_000, 48_000, 90_000, 90_000, 90_000]);
    expect(waits(8, () => 0.999).every((ms, at, all) => ms <= 180_000 && ms >= (all[at - 1] ?? 0))).toBe(true);
  });

  it('is spread by chance, up to twice as long', () => {
    expect(waits(2, () => 0.5)).toEqual([4_500, 9_000]);
  });

  it('counts reads that were throttled together once', () => {
    const throttles = createThrottles(() => 0);
    for (let part = 0; part < 5; part++) throttles.hear(TEAM, answer(429), START);

    expect(throttles.hear(TEAM, answer(429), START + 3_000)).toBe(6_000);
  });

  it.each([
    { host: TEAM, waitMs: 3_000, because: 'the host has answered, so the row is broken' },
    { host: CHAT, waitMs: 6_000, because: 'another host has answered, which says nothing of this one' },
  ])('waits $waitMs ms the next time: $because', ({ host, waitMs }) => {
    const throttles = createThrottles(() => 0);
    throttles.hear(TEAM, answer(429), START);
    throttles.hear(host, answer(200), START + 3_000);

    expect(throttles.hear(TEAM, answer(429), START + 3_000)).toBe(waitMs);
  });

  it('is forgotten some minutes after its silence', () => {
    const throttles = createThrottles(() => 0);
    throttles.hear(TEAM, answer(429), START);
    throttles.hear(CHAT, answer(429), START + 183_000);

    expect(throttles.hear(TEAM, answer(429), START + 183_000)).toBe(3_000);
  });

  it('is told to others who read for the same tenant, and theirs is kept', () => {
    const told: Pause[] = [];
    const [here, there] = [
      createThrottles(
        () => 0,
        (pause) => told.push(pause),
      ),
      createThrottles(() => 0),
    ];
    here.hear(TEAM, answer(429, { 'retry-after': '2.5' }), START);
    here.hear(null, answer(429, { 'retry-after': '7' }), START);
    expect(told).toEqual([
      { host: TEAM, forMs: 2_500 },
      { host: null, forMs: 7_000 },
    ]);
    for (const pause of told.map(parsePause)) if (pause !== null) there.hearPause(pause, START);
    expect(there.quietMs(TEAM, START)).toBe(7_000);
    expect(there.quietMs(CHAT, START + 6_999)).toBe(1);
    there.hearPause({ host: null, forMs: 1 }, START); // a shorter one takes nothing back
    expect(there.quietMs(CHAT, START)).toBe(7_000);
  });

  it.each([
    null,
    'pause',
    {},
    { host: 1, forMs: 1 },
    { host: TEAM },
    { host: TEAM, forMs: '1' },
    { host: TEAM, forMs: NaN },
  ])('of another process is none where it says so wrongly: %j', (notice) => {
    expect(parsePause(notice)).toBeNull();
  });

  it('of another process is an hour at the most', () => {
    expect(parsePause({ host: null, forMs: 1e12 })).toEqual({ host: null, forMs: 3_600_000 });
  });
});
