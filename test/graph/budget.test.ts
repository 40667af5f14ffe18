import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createBudget, type Rates } from '../../src/graph/budget.js';
import { hostOf } from '../../src/operation/location.js';
import { type OperationHost } from '../../src/operation/ref.js';

const START = Date.UTC(2026, 0, 1);
const team = hostOf('team', 'a-team');
const otherTeam = hostOf('team', 'another-team');
const chat = hostOf('chat', 'a-chat');

/** The most sends that any second holds, both of its ends counted. */
function mostInOneSecond(sentAt: readonly number[]): number {
  return Math.max(0, ...sentAt.map((from) => sentAt.filter((at) => at >= from && at <= from + 1_000).length));
}

describe('a budget', () => {
  it('lets no second hold more sends than the rate, wherever it begins', () => {
    const hosts = [team, otherTeam, chat];
    const arrivals = fc.array(fc.tuple(fc.nat(400), fc.nat(hosts.length - 1)), { maxLength: 200 });
    const rates = fc.record({ tenant: fc.integer({ min: 1, max: 9 }), team: fc.integer({ min: 1, max: 6 }) });
    fc.assert(
      fc.property(rates, arrivals, ({ tenant, team: perTeam }, steps) => {
        const budget = createBudget({ tenant, team: perTeam, chat: 1 });
        const sent: { at: number; host: OperationHost }[] = [];
        let now = START;
        for (const [gapMs, nth] of steps) {
          now += gapMs;
          const host = hosts[nth] ?? team;
          if (budget.take(host, now) === 0) sent.push({ at: now, host });
        }
        const timesOf = (...of: OperationHost[]): number[] =>
          sent.filter(({ host }) => of.includes(host)).map((s) => s.at);

        expect(mostInOneSecond(timesOf(...hosts))).toBeLessThanOrEqual(tenant);
        expect(mostInOneSecond(timesOf(team))).toBeLessThanOrEqual(perTeam);
        expect(mostInOneSecond(timesOf(otherTeam))).toBeLessThanOrEqual(perTeam);
        expect(mostInOneSecond(timesOf(chat))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('has room at the very moment it names, and not a millisecond before', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(300), { minLength: 8, maxLength: 8 }),
        (tenant, gaps) => {
          const budget = createBudget({ tenant });
          let now = START;
          let waitMs = 0;
          for (const gapMs of gaps) {
            now += gapMs;
            waitMs = budget.take(team, now);
            if (waitMs > 0) break;
          }
          fc.pre(waitMs > 0);

          expect(budget.take(team, now + waitMs - 1)).toBe(1);
          expect(budget.take(team, now + waitMs)).toBe(0);
        },
      ),
    );
  });

  it('spends its whole rate at once and then waits for the rest of the second and a little more', () => {
    const budget = createBudget({ tenant: 3 });

    expect([1, 2, 3, 4].map(() => budget.take(team, START))).toEqual([0, 0, 0, 1_020]);
  });

  it('takes from the tenant and the host, or from neither', () => {
    const budget = createBudget({ tenant: 2, chat: 1 });
    budget.take(chat, START);

    expect(budget.take(chat, START)).toBe(1_020); // the chat has had its one
    expect(budget.take(team, START)).toBe(0); // and the tenant did not pay for the refusal
    expect(budget.take(team, START)).toBe(1_020);
  });

  it('gives each host its own share', () => {
    const budget = createBudget({ tenant: 30, team: 1 });

    expect([team, otherTeam, team].map((host) => budget.take(host, START))).toEqual([0, 0, 1_020]);
  });

  it.each<{ rates: Rates; because: string }>([
    { rates: { tenant: 0, team: 0 }, because: 'zero is no limit' },
    { rates: { tenant: 0, chat: 1 }, because: 'a kind of host without a rate counts for the tenant alone' },
  ])('does not limit where it need not: $because', ({ rates }) => {
    const budget = createBudget(rates);

    expect(Array.from({ length: 200 }, () => budget.take(team, START))).toEqual(Array(200).fill(0));
  });

  it('reads a half per second as one in two', () => {
    const budget = createBudget({ tenant: 0.5 });

    expect([0, 0, 1_500, 2_020].map((after) => budget.take(team, START + after))).toEqual([0, 2_020, 520, 0]);
  });

  it('never rounds a rate up', () => {
    const budget = createBudget({ tenant: 2.9 });

    expect([1, 2, 3].map(() => budget.take(team, START))).toEqual([0, 0, 1_020]);
  });

  it('tells what is left of it: of the tenant, and the least of any host', () => {
    const budget = createBudget({ tenant: 30, team: 4, chat: 0 });
    for (const host of [team, team, otherTeam]) budget.take(host, START);

    expect(budget.left(START)).toEqual({
      tenant: { most: 30, left: 27 },
      team: { most: 4, left: 2 },
      chat: { most: Infinity, left: Infinity },
    });
    expect(budget.left(START + 1_020)).toMatchObject({ tenant: { left: 30 }, team: { left: 4 } });
  });

  it('is divided among those who read for the same tenant, whoever comes and goes', () => {
    let parties = 1;
    const budgets = Array.from({ length: 4 }, () => createBudget({ tenant: 12, team: 4 }, () => parties));
    const sentAt: number[] = [];
    const hosts = Array.from({ length: 12 }, (_, at) => hostOf('team', `team-${at}`));
    const sendUntil = (end: number): void => {
      for (let now = sentAt.at(-1) ?? START; now < end; now += 10) {
        for (const budget of budgets.slice(0, parties)) {
          for (const host of hosts) if (budget.take(host, now) === 0) sentAt.push(now);
        }
      }
    };
    sendUntil(START + 3_000);
    expect(mostInOneSecond(sentAt)).toBe(12);
    parties = 4;
    sendUntil(START + 6_000);
    const settled = sentAt.filter((at) => at >= START + 4_100);
    expect(mostInOneSecond(settled)).toBe(12);
    for (const budget of budgets) expect(budget.left(START + 20_000)).toMatchObject({ tenant: { most: 3, left: 3 } });
    parties = 1;
    expect(budgets[0]?.left(START + 20_000)).toMatchObject({ tenant: { most: 12, left: 12 } });
  });

  it('is one read in a longer time, where there is less than one a second for each', () => {
    const budget = createBudget({ tenant: 0, chat: 1 }, () => 4);
    expect(budget.take(chat, START)).toBe(0);
    expect(budget.take(chat, START + 1_100)).toBe(2_920);
    expect(budget.take(chat, START + 4_020)).toBe(0);
  });
});
