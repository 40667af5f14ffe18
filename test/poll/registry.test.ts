import { describe, expect, it } from '@jest/globals';
import { createRef } from '../../src/operation/ref.js';
import { createRegistry } from '../../src/poll/registry.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { createFakeClock } from '../support/fake-clock.js';
import { errorOf } from './model-graph.js';
import { caller, team } from './world.js';

const [T, U] = [team('T'), team('U')];
const [A, B, C] = [createRef(T, 'A'), createRef(T, 'B'), createRef(T, 'C')];
const [anna, ben] = [caller('anna'), caller('ben')];

function open(maxPerHost = 2) {
  const clock = createFakeClock();
  const registry = createRegistry({
    bus: createMemoryStore(clock).bus,
    clock,
    maxPerHost,
    hear: () => undefined,
    touch: () => undefined,
  });
  return {
    registry,
    refused: (...asked: Parameters<typeof registry.refusalOf>) => registry.refusalOf(...asked)?.limit,
  };
}

describe('what one caller watches of a host', () => {
  it('is bounded, and what it watches already needs no further room', () => {
    const { registry, refused } = open();
    expect(refused(anna.scope, [A, B])).toBeUndefined();
    expect(refused(anna.scope, [A, B, C])).toBe('WATCHED_PER_HOST');
    registry.standIn(A, anna);
    registry.standIn(A, anna);
    registry.standIn(B, anna);
    expect(refused(anna.scope, [A, B])).toBeUndefined();
    expect(refused(anna.scope, [C])).toBe('WATCHED_PER_HOST');
    expect(refused(anna.scope, [createRef(U, 'C')])).toBeUndefined();
    expect(refused(ben.scope, [A, C])).toBeUndefined();
  });

  it('gives its room back once, however often it is dropped', () => {
    const { registry, refused } = open();
    const stand = registry.standIn(A, anna);
    registry.standIn(B, anna);
    registry.standIn(A, ben);
    registry.drop(stand);
    registry.drop(stand);
    expect(refused(anna.scope, [A])).toBeUndefined();
    expect(refused(anna.scope, [A, C])).toBe('WATCHED_PER_HOST');
    registry.standIn(A, anna);
    registry.drop(stand); // which is another one by now
    expect(refused(anna.scope, [C])).toBe('WATCHED_PER_HOST');
    expect(registry.of(anna.scope).stands.size).toBe(2);
  });
});

describe('what another process watches for a caller', () => {
  const until = Infinity;

  it('goes along with what that one watches of the host here, with its token, and takes none of its room', () => {
    const { registry, refused } = open();
    expect(registry.takeAlong(B, anna.scope, until)).toBeNull();
    const leader = registry.standIn(A, anna);
    expect(registry.takeAlong(B, anna.scope, 0)).toBeNull(); // what was left a while ago
    const companion = registry.takeAlong(B, anna.scope, until);
    leader.caller = { ...anna, credential: 'a renewed token' };

    expect(companion?.caller.credential).toBe('a renewed token');
    expect(registry.takeAlong(createRef(U, 'B'), anna.scope, until)).toBeNull();
    expect(registry.takeAlong(B, ben.scope, until)).toBeNull();
    expect(refused(anna.scope, [B])).toBeUndefined();
    expect(registry.find(B.location)?.isKeptElsewhere).toBe(true);
  });

  it('goes along with another one where that is let go of, and with the last of them it goes', () => {
    const { registry } = open();
    const [one, other] = [registry.standIn(A, anna), registry.standIn(C, { ...anna, credential: 'another token' })];
    const companion = registry.takeAlong(B, anna.scope, until);
    const letGo = (stand: typeof one): void => {
      registry.drop(stand);
      registry.dissolveIfOver(stand.watch);
    };
    letGo(one);
    expect(companion?.caller.credential).toBe('another token');
    letGo(other);
    expect(registry.find(B.location)).toBeUndefined();
    expect(registry.groups.size).toBe(0);
  });

  it('is not read with a token that Graph has refused', () => {
    const { registry } = open();
    registry.standIn(A, anna).suspended = errorOf({ kind: 'unauthenticated' });
    expect(registry.takeAlong(B, anna.scope, until)).toBeNull();
  });

  it('is its own as soon as it comes here', () => {
    const { registry, refused } = open(3);
    registry.standIn(A, anna);
    const companion = registry.takeAlong(B, anna.scope, until);
    const stand = registry.standIn(B, anna);

    expect(stand).not.toBe(companion);
    expect(stand.along).toBeNull();
    expect(registry.takeAlong(B, anna.scope, until)).toBeNull();
    expect(refused(anna.scope, [C])).toBeUndefined();
    expect(registry.groups.get(T.location)?.companies.size).toBe(0);
  });

  it('has no room before it comes here', () => {
    const { registry, refused } = open(1);
    registry.standIn(A, anna);
    registry.takeAlong(B, anna.scope, until);
    expect(refused(anna.scope, [A])).toBeUndefined();
    expect(refused(anna.scope, [B])).toBe('WATCHED_PER_HOST');
  });

  it('gives way where with what is watched here it would be more than a list that fails has in its place', () => {
    const { registry } = open();
    const company = (): number => registry.groups.get(T.location)?.companies.get(anna.scope)?.stands.size ?? 0;
    const stand = (at: number) => registry.standIn(createRef(T, `here ${at}`), anna);
    for (let at = 0; at < 12; at++) stand(at);
    for (let at = 0; at < 10; at++) registry.takeAlong(createRef(T, `O${at}`), anna.scope, until);
    expect(company()).toBe(8);
    for (let at = 12; at < 15; at++) stand(at);
    expect(company()).toBe(5);
    expect(registry.size).toBe(20);
  });

  it('is so much at most, and nothing where the host is watched by very many', () => {
    const { registry } = open();
    registry.standIn(A, anna);
    const taken = Array.from({ length: 20 }, (_, at) =>
      registry.takeAlong(createRef(T, `O${at}`), anna.scope, until),
    ).filter((stand) => stand !== null);
    expect(taken).toHaveLength(10);
    for (let at = 0; at < 10_000; at++) registry.standIn(C, caller(`caller ${at}`));
    registry.standIn(A, ben);
    expect(registry.takeAlong(B, ben.scope, until)).toBeNull();
  });
});

describe('a host', () => {
  it('is watched by so many at most, all callers together', () => {
    const { registry, refused } = open();
    const stands = Array.from({ length: 100_000 }, (_, at) => registry.standIn(A, caller(`caller ${at}`)));
    expect(refused(anna.scope, [A])).toBe('WATCHED_PER_HOST');
    expect(refused(anna.scope, [createRef(U, 'C')])).toBeUndefined();
    for (const stand of stands.slice(0, 1)) registry.drop(stand);
    expect(refused(anna.scope, [A])).toBeUndefined();
  });

  it('is forgotten with the last that is watched of it', () => {
    const { registry } = open();
    const stand = registry.standIn(A, anna);
    const list = registry.listStandIn(T, anna);
    const group = registry.groups.get(T.location);
    if (group === undefined) throw new Error('nobody watches the host');
    registry.drop(stand);
    registry.dissolveIfOver(stand.watch);
    expect(registry.size).toBe(0);
    expect(registry.groups.size).toBe(1);
    registry.dropList(list);
    registry.dropIfEmpty(group);
    expect(registry.groups.size).toBe(0);
    expect(registry.of(anna.scope)).toEqual({ stands: new Set(), lists: new Set() });
  });

  it('keeps the list of who came back while one is let go of that was before', () => {
    const { registry } = open();
    const before = registry.listStandIn(T, anna);
    registry.dropList(before);
    const now = registry.listStandIn(T, anna);
    registry.dropList(before);
    expect(registry.of(anna.scope).lists).toEqual(new Set([now]));
    expect(registry.groups.get(T.location)?.lister?.stands.get(anna.scope)).toBe(now);
  });
});
