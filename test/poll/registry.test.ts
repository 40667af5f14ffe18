import { describe, expect, it } from '@jest/globals';
import { createRef } from '../../src/operation/ref.js';
import { createRegistry } from '../../src/poll/registry.js';
import { createMemoryStore } from '../../src/store/memory.js';
import { createFakeClock } from '../support/fake-clock.js';
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
