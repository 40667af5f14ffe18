import { advance, mergeHeld, type Held, type Snapshot } from '../operation/snapshot.js';
import { parseHeld, printHeld, stamped, UNSTAMPED, versionOf } from './held-text.js';
import { KEEP_MS, type Listener, type Local } from './local.js';
import { type Channels } from './redis-channels.js';
import { type Ask, type Link } from './redis-link.js';
import { type Names } from './redis-names.js';
import { KEEP_HELD } from './redis-scripts.js';
import { type RedisTime } from './redis-time.js';
import { createTellings } from './redis-tellings.js';
import { type Stamps } from './stamps.js';

export interface SharedSnapshotsOptions {
  readonly local: Local;
  readonly link: Pick<Link, 'isUp' | 'ask'>;
  readonly channels: Channels;
  readonly names: Names;
  readonly time: RedisTime;
  readonly stamps: Stamps;
  readonly processId: string;
  readonly intervalMs: number;
}

/** In one MGET. */
const AT_ONCE = 100;
/** After Redis was away: of what nobody listens to here, so much of the most recent is brought back to it. */
const MAX_UNHEARD = 2_000;

/** While Redis is away; no more than that is held here either, but for what is listened to. */
const MAX_UNSAVED = 50_000;

const UNVERSIONED = '';

/** What is held of operations, shared through Redis; and the bus, because a reading is kept and told in one step. */
export function createSharedSnapshots(options: SharedSnapshotsOptions) {
  const { local, link, channels, names, time, stamps, processId, intervalMs } = options;
  const keepMs = String(Math.max(KEEP_MS, 3 * intervalMs));
  const tellings = createTellings(local);
  /** The version in Redis that each has, or was merged with. */
  const versions = new WeakMap<Held, string>();
  /** What was read while Redis was away. */
  const unsaved = new Set<string>();
  /** Publications that came while the two sides were being brought together. */
  let early: { readonly location: string; readonly text: string }[] = [];
  /** The last reading under way of each operation: those of one process take turns, those of several compare versions. */
  const turns = new Map<string, Promise<unknown>>();

  /** Takes what Redis has into what is held here. @returns what is held then; null where Redis has nothing of ours */
  const remember = (location: string, text: string): Held | null => {
    const known = local.held(location);
    const version = versionOf(text);
    if (known !== null && versions.get(known) === version) return known;
    const { held } = parseHeld(text, time);
    return held === null ? null : take(location, held, version);
  };

  const take = (location: string, held: Held, version: string): Held => {
    stamps.see(Number(version));
    const known = local.held(location);
    const merged = known === null ? held : mergeHeld(held, known, stamps.next());
    if (Number(version) > Number(versions.get(merged) ?? 0)) versions.set(merged, version);
    local.hold(location, merged);
    return merged;
  };

  /** Replaces a version in Redis. @returns the new version, or what is there instead behind a `!` */
  const keep = (ask: Ask, location: string, expected: string, held: Held, isChange: boolean) =>
    ask(async (session) => {
      const keys = [names.snapshot(location), names.lastStamp];
      const channel = names.newsOf(location);
      const opening = `${processId} ${isChange ? '+' : '='} `;
      const args = [expected, printHeld(held, time), keepMs, channel, opening];
      return String(await session.run(KEEP_HELD, keys, args));
    });

  const addAlone = (location: string, reading: Snapshot): Held => {
    const { held, transition } = advance(local.held(location), reading, stamps.next());
    local.hold(location, held);
    unsaved.add(location);
    const [oldest] = unsaved;
    if (oldest !== undefined && unsaved.size > MAX_UNSAVED) unsaved.delete(oldest);
    if (transition !== null) tellings.tell(location, held, false);
    return held;
  };

  const addShared = async (location: string, reading: Snapshot): Promise<Held> => {
    const channel = names.newsOf(location);
    await channels.confirmed(() => [channel]);
    const before = local.held(location);
    let expected = (before && versions.get(before)) ?? UNVERSIONED;
    for (;;) {
      // Who was quicker has made progress, so this ends.
      const { held, transition } = advance(local.held(location), reading, UNSTAMPED);
      const subscription = channels.subscriptionOf(channel);
      const answer = await keep(link.ask, location, expected, held, transition !== null);
      if (answer === undefined) return addAlone(location, reading);
      if (answer.startsWith('!')) {
        const found = answer.slice(1);
        expected = versionOf(found);
        remember(location, found);
        continue;
      }
      const known = local.held(location);
      const isHeard = known !== null && versions.get(known) === answer; // the publication was quicker
      const now = isHeard ? known : take(location, stamped(held, Number(answer)), answer);
      if (transition !== null && subscription !== undefined && channels.subscriptionOf(channel) === subscription) {
        const isTold = await link.ask(() => tellings.heard(location, Number(answer)));
        if (isTold === undefined) tellings.catchUp([location], false);
      }
      return local.held(location) ?? now;
    }
  };

  /** One at a time for each operation of this process. */
  const inTurn = async (location: string, work: () => Promise<Held>): Promise<Held> => {
    const turn = (turns.get(location) ?? Promise.resolve()).then(work, work);
    turns.set(location, turn);
    try {
      return await turn;
    } finally {
      if (turns.get(location) === turn) turns.delete(location);
    }
  };

  const merge = (theirs: Held | null, mine: Held | null): Held | null =>
    theirs === null || mine === null ? (theirs ?? mine) : mergeHeld(theirs, mine, UNSTAMPED);

  /** Brings what is held here and what Redis has together, in both places. */
  const reconcile = async (ask: Ask, location: string, found: string | null): Promise<boolean> => {
    for (let text = found; ;) {
      const mine = local.held(location);
      const theirs = text === null ? null : parseHeld(text, time);
      const held = merge(theirs?.held ?? null, mine);
      if (held === null) return true;
      if (theirs !== null && held === theirs.held) {
        take(location, held, theirs.version);
        return true;
      }
      const answer = await keep(ask, location, theirs?.version ?? UNVERSIONED, held, true);
      if (answer === undefined) return false;
      if (!answer.startsWith('!')) {
        take(location, stamped(held, Number(answer)), answer);
        return true;
      }
      text = answer === '!' ? null : answer.slice(1);
    }
  };

  const reconcileAll = async (ask: Ask, locations: readonly string[]): Promise<boolean> => {
    for (let from = 0; from < locations.length; from += AT_ONCE) {
      const part = locations.slice(from, from + AT_ONCE);
      for (const location of part) unsaved.delete(location);
      const texts = await ask((session) => session.mGet(part.map(names.snapshot)));
      const areDone = texts && (await Promise.all(part.map((each, at) => reconcile(ask, each, texts[at] ?? null))));
      if (areDone?.every(Boolean) !== true) {
        for (const location of part) unsaved.add(location);
        return false;
      }
    }
    return true;
  };

  return {
    snapshots: {
      async get(locations: readonly string[]): Promise<readonly (Held | null)[]> {
        const alone = (): readonly (Held | null)[] => locations.map((location) => local.held(location));
        if (locations.length === 0 || !link.isUp) return alone();
        // Listens first, then looks.
        const confirmed = channels.confirmed(() => locations.map(names.newsOf));
        if (confirmed !== null) await confirmed;
        const texts = await link.ask((session) => session.mGet(locations.map(names.snapshot)));
        if (texts === undefined) return alone();
        return locations.map((location, at) => {
          const text = texts[at] ?? null;
          return (text === null ? null : remember(location, text)) ?? local.held(location);
        });
      },
      add: (location: string, reading: Snapshot): Promise<Held> =>
        inTurn(location, () =>
          link.isUp ? addShared(location, reading) : Promise.resolve(addAlone(location, reading)),
        ),
    },

    bus: {
      subscribe(location: string, listener: Listener): () => void {
        if (!local.isListened(location)) channels.add(names.newsOf(location));
        const stop = local.listen(location, listener);
        return () => {
          if (!stop()) return;
          channels.remove(names.newsOf(location));
          tellings.forget(location);
        };
      },
    },

    /** `process + version:held`, as the script publishes it; with a `=` where nothing has changed but the time. */
    hear(location: string, message: string): void {
      if (!local.isListened(location)) return;
      const [teller, sign] = message.split(' ', 2);
      const text = message.slice((teller?.length ?? 0) + (sign?.length ?? 0) + 2);
      if (!link.isUp) {
        early.push({ location, text });
        return;
      }
      const held = remember(location, text);
      const version = Number(versionOf(text));
      const isElsewhere = teller !== processId;
      if (held !== null && (isElsewhere || sign === '+')) {
        // An answer may have been quicker than the publications before it; those of other operations come first.
        if (Number(versions.get(held)) > version) tellings.tellUpTo(version, location, held, isElsewhere);
        else tellings.tell(location, held, isElsewhere);
      }
      if (time.isStamp(version)) tellings.hasHeard(location, version);
    },

    /** Through a new session: nothing that happened while there was none is lost on either side. */
    async join(ask: Ask): Promise<boolean> {
      early = [];
      const heard = new Set(local.listenedLocations());
      const unheard = [...local.heldLocations()].filter((location) => !heard.has(location));
      return reconcileAll(ask, [...heard, ...unheard.slice(-MAX_UNHEARD)]);
    },
    /** What came while joining. @returns whether it is all done */
    saveRest: (ask: Ask): Promise<boolean> => reconcileAll(ask, [...unsaved]),
    get isSaved() {
      return unsaved.size === 0;
    },
    /** Tells what was learnt by joining, in the order of the stamps. */
    tellJoined(): void {
      for (const { location, text } of early) remember(location, text);
      early = [];
      tellings.catchUp([...local.listenedLocations()], true);
    },
  };
}
