import { describe, expect, it } from '@jest/globals';
import { type HostGroup } from '../../src/poll/host-group.js';
import { hearHostNotices } from '../../src/poll/host-notices.js';
import { type NoticeTopic, type Store } from '../../src/poll/ports.js';
import { type Stand } from '../../src/poll/watch.js';
import { printWatched } from '../../src/poll/watched-notice.js';
import { createFakeClock } from '../support/fake-clock.js';
import { errorOf } from './model-graph.js';
import { createGroup, createStand, createWatch, heldAt } from './polling-states.js';
import { scope, team, TIMES } from './world.js';

type Notice = Readonly<Record<string, unknown>>;

const T = team('T');
const { intervalMs, proofMs } = TIMES;
const LEFT_UNTIL = intervalMs + 2_500;

/** One host in which O is watched, by scopes that watch so much of the host each. */
function open(sizes: Readonly<Record<string, number>>, startingReplicas = 2) {
  let replicas = startingReplicas;
  const clock = createFakeClock();
  const watch = createWatch(T, 'O', heldAt(['RUNNING'], 0), []);
  const group = createGroup(T, [watch]);
  const groups = new Map([[T.location, group]]);
  for (const [name, size] of Object.entries(sizes)) {
    watch.stands.set(scope(name), createStand(name, watch, { readAt: 0 }));
    group.sizes.set(scope(name), size);
  }
  const told: Notice[] = [];
  const listeners = new Map<NoticeTopic, (notice: Notice) => void>();
  const store: Pick<Store, 'notices' | 'replicas'> = {
    notices: {
      tell: (_, notice) => void told.push(notice),
      hear: (topic, listener) => void listeners.set(topic, listener),
    },
    replicas: () => replicas,
  };
  const goAlong = (): void => undefined;
  const notices = hearHostNotices({ store, clock, times: TIMES, watches: { groups, goAlong }, touch: () => undefined });
  const hear = (inAll: number): void => listeners.get('watched')?.(printWatched(scope('zoe'), T, ['O'], [], inAll));
  const tell = (of: HostGroup | undefined = group) => {
    told.length = 0;
    notices.tellWatched(T.location, of);
    return told.map(({ scope: who, watched, left }) => ({ who, watched, left }));
  };
  const setReplicas = (count: number): void => void (replicas = count);
  return {
    clock,
    watch,
    group,
    hear,
    tell,
    setReplicas,
    notBefore: () => [...watch.stands.values()].map((each) => each.notBefore),
  };
}

const callers = (count: number): string[] => Array.from({ length: count }, (_, at) => `caller ${at}`);

describe('who is told that a scope watches something', () => {
  it('is everybody, when it changes and once in an interval', async () => {
    const { clock, watch, tell } = open({ anna: 1 });
    const one = { who: 'anna', watched: ['O'], left: [] };
    expect(tell()).toEqual([one]);
    expect(tell()).toEqual([]);
    await clock.advance(intervalMs);
    expect(tell()).toEqual([one]);
    watch.stands.clear();
    expect(tell()).toEqual([{ who: 'anna', watched: [], left: ['O'] }]);
    expect(tell()).toEqual([]);
  });

  it('is nobody where there is nobody', () => {
    expect(open({ anna: 1 }, 1).tell()).toEqual([]);
  });

  it.each([
    { what: 'has ended', held: heldAt(['SUCCEEDED']), suspended: null },
    { what: 'was never read', held: null, suspended: null },
    { what: 'waits for another token', held: heldAt(['RUNNING']), suspended: errorOf({ kind: 'unauthenticated' }) },
  ])('is nobody where it $what', ({ held, suspended }) => {
    const { watch, tell } = open({ anna: 1 });
    watch.held = held;
    for (const stand of watch.stands.values()) stand.suspended = suspended;
    expect(tell()).toEqual([]);
  });

  it('is nobody of what only goes along: two that tell each other so would never let go of it', () => {
    const { watch, tell } = open({});
    const leader = createStand('anna', watch);
    const along = { company: { leader, stands: new Set<Stand>() }, until: Infinity };
    watch.stands.set(scope('anna'), createStand('anna', watch, { along }));
    expect(tell()).toEqual([]);
  });

  it('is as many as ever when somebody is there again', () => {
    const { tell, setReplicas } = open(Object.fromEntries(callers(5_000).map((name) => [name, 1])));
    expect(tell()).toHaveLength(5_000);
    setReplicas(1);
    expect(tell()).toEqual([]);
    setReplicas(2);
    expect(tell()).toHaveLength(5_000);
  });

  it('is nobody where many are told of, until there is room', () => {
    const { watch, tell } = open(Object.fromEntries(callers(5_001).map((name) => [name, 1])));
    expect(tell()).toHaveLength(5_000);
    expect(tell()).toEqual([]);
    watch.stands.delete(scope('caller 7'));
    expect(tell().map(({ who }) => who)).toEqual(['caller 7', 'caller 5000']);
  });
});

describe('a check that all share', () => {
  it('is left to a scope that watches more of the host than any here, for so long', () => {
    const { watch, hear, notBefore } = open({ anna: 1, ben: 2 });
    hear(2);
    expect([watch.isKeptElsewhere, ...notBefore()]).toEqual([false, 0, 0]);
    hear(3);
    expect([watch.isKeptElsewhere, ...notBefore()]).toEqual([true, LEFT_UNTIL, LEFT_UNTIL]);
  });

  it('is left so also where another process makes it already', () => {
    const { watch, hear, notBefore } = open({ anna: 1 });
    watch.isKeptElsewhere = true;
    hear(2);
    expect(notBefore()).toEqual([LEFT_UNTIL]);
  });

  it('is left in no place of a first read, nor of a renewal that cannot wait', () => {
    const { watch, hear, notBefore } = open({ anna: 1, ben: 1, cleo: 1 });
    const [first, late] = watch.stands.values();
    if (first !== undefined) first.provedAt = null;
    if (late !== undefined) late.provedAt = LEFT_UNTIL + intervalMs - proofMs - 1;
    hear(2);
    expect(notBefore()).toEqual([0, 0, LEFT_UNTIL]);
  });

  it('is weighed again and again for no notice that says no more', () => {
    const { watch, group, hear } = open({ anna: 22 });
    let weighed = 0;
    const { sizes } = group;
    const get = sizes.get.bind(sizes);
    sizes.get = (who) => {
      weighed += 1;
      return get(who);
    };
    for (let inAll = 1; inAll < 1_000; inAll++) hear(inAll);
    expect(weighed).toBeLessThan(30);
    expect(watch.isKeptElsewhere).toBe(false);
  });
});
