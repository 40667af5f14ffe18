import { describe, expect, it } from '@jest/globals';
import { type GraphError } from '../../src/operation/failure.js';
import { createRef } from '../../src/operation/ref.js';
import { type Caller } from '../../src/operation/scope.js';
import { type ListStand } from '../../src/poll/host-group.js';
import { adopt, createStandIndex, forget } from '../../src/poll/stands.js';
import { newStand, type Stand } from '../../src/poll/watch.js';
import { errorOf } from './model-graph.js';
import { caller, team } from './world.js';

const REFUSAL = errorOf({ kind: 'unauthenticated' });

/** One of anna's tokens. */
function token(credential: string, expiresAt: number | null): Caller {
  return { ...caller('anna'), credential, expiresAt };
}

const [short, long, unknown] = [token('short', 1_000), token('long', 9_000), token('unknown', null)];

function standOf(by: Caller, suspended: GraphError | null = null): Stand {
  const ref = createRef(team('T'), 'A');
  return { ...newStand({ ref, stands: new Map(), held: null, isKeptElsewhere: false }, by, 0), suspended };
}

function listStandOf(by: Caller): ListStand {
  return {
    group: { host: team('T'), watches: new Map(), sizes: new Map(), companies: new Map(), stands: 0, lister: null },
    caller: by,
    since: 0,
    readers: new Map(),
    listedAt: null,
    hasListed: false,
    deniedSince: 0,
    suspended: null,
    refused: new Set(),
    known: new Map(),
    isBehind: false,
    checking: false,
    notBefore: 0,
  };
}

describe('the token that a scope reads with', () => {
  it.each([
    { has: short, comes: long, keeps: 'long', because: 'the new one lasts longer' },
    { has: long, comes: short, keeps: 'long', because: 'the one in use lasts longer' },
    { has: long, comes: token('as long', 9_000), keeps: 'long', because: 'the new one lasts no longer' },
    { has: long, comes: unknown, keeps: 'unknown', because: 'nobody knows an end of the new one' },
    { has: unknown, comes: long, keeps: 'unknown', because: 'nobody knows an end of the one in use' },
  ])('is $keeps, since $because', ({ has, comes, keeps }) => {
    const stand = standOf(has);
    adopt(stand, comes);
    expect(stand.caller.credential).toBe(keeps);
  });

  it.each([short, unknown])('is any other one where that in use is refused, and then it reads again', (comes) => {
    const stand = standOf(long, REFUSAL);
    adopt(stand, comes);
    expect(stand).toMatchObject({ caller: comes, suspended: null });
  });

  it('is not the refused one, however often that comes', () => {
    const stand = standOf(long, REFUSAL);
    adopt(stand, { ...long });
    expect(stand.suspended).toBe(REFUSAL);
  });

  it('is let go of with whoever brought it, for the one that lasts longest of those that are left', () => {
    const stand = standOf(unknown);
    forget(stand, unknown, [short, long, short]);
    expect(stand.caller).toBe(long);
  });

  it('is no longer refused when the refused one is let go of', () => {
    const stand = standOf(long, REFUSAL);
    forget(stand, long, [short]);
    expect(stand).toMatchObject({ caller: short, suspended: null });
  });

  it('is none that Graph has refused, however long that lasts', () => {
    const stand = standOf(short);
    stand.refused.add(long.credential);
    adopt(stand, long);
    expect(stand.caller).toBe(short);
    const brief = token('brief', 10);
    forget(stand, short, [long, brief]);
    expect(stand.caller).toBe(brief);
  });

  it('stays as long as anybody is left who has brought it', () => {
    const stand = standOf(short);
    forget(stand, short, [long, { ...short }]);
    expect(stand.caller).toBe(short);
  });

  it('stays when somebody leaves who brought another', () => {
    const stand = standOf(short); // because Graph refused the long one, which is still there
    forget(stand, unknown, [long, short]);
    expect(stand.caller).toBe(short);
  });
});

describe('an index of what each scope watches', () => {
  it('finds what is its own, until it is removed', () => {
    const index = createStandIndex();
    const [anna, ben] = [caller('anna'), caller('ben')];
    const [ofAnna, alsoOfAnna, ofBen] = [standOf(anna), standOf(anna), standOf(ben)];
    const list = listStandOf(anna);
    for (const stand of [ofAnna, alsoOfAnna, ofBen, list]) index.add(stand);
    expect(index.of(anna.scope)).toEqual({ stands: new Set([ofAnna, alsoOfAnna]), lists: new Set([list]) });
    expect(index.of(ben.scope)).toEqual({ stands: new Set([ofBen]), lists: new Set() });

    index.remove(ofAnna);
    expect(index.of(anna.scope)).toEqual({ stands: new Set([alsoOfAnna]), lists: new Set([list]) });
    index.remove(alsoOfAnna);
    expect(index.of(anna.scope)).toEqual({ stands: new Set(), lists: new Set([list]) });
    index.remove(list);
    index.remove(list); // twice is once
    expect(index.of(anna.scope)).toEqual({ stands: new Set(), lists: new Set() });
    expect(index.of(ben.scope).stands.size).toBe(1);
  });
});
