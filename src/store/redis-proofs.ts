import { isJsonObject, isNullableText } from '../operation/json.js';
import { type Scope } from '../operation/scope.js';
import { type HeldPage } from '../operation/snapshot.js';
import { type Local, type Noted } from './local.js';
import { type Ask, type Link } from './redis-link.js';
import { type Names } from './redis-names.js';
import { NOTE_TIMES } from './redis-scripts.js';
import { type RedisTime } from './redis-time.js';

export interface SharedProofsOptions {
  readonly local: Local;
  readonly link: Pick<Link, 'isUp' | 'ask'>;
  readonly names: Names;
  readonly time: RedisTime;
}

/** In one script. */
const AT_ONCE = 500;
/** After Redis was away, so many of the most recent times are brought back to it, with all that it has missed. */
const MAX_RESTORED = 20_000;

/** What scopes have read and when, shared through Redis. Each process keeps its own times besides: Redis may lose them. */
export function createSharedProofs({ local, link, names, time }: SharedProofsOptions) {
  /** Written while Redis was away. */
  let unsaved: Noted[] = [];

  const save = (ask: Ask, scope: Scope, noted: readonly Noted[]): Promise<unknown> =>
    ask((session) =>
      session.run(
        NOTE_TIMES,
        noted.map(({ key }) => names.proof(scope, key)),
        noted.flatMap(({ at, expiresAt }) => [at, expiresAt].map((each) => String(Math.ceil(time.toRedis(each))))),
      ),
    );

  const saveAll = async (ask: Ask, noted: readonly Noted[]): Promise<boolean> => {
    for (const [scope, ofScope] of byScope(noted)) {
      for (let from = 0; from < ofScope.length; from += AT_ONCE) {
        if ((await save(ask, scope, ofScope.slice(from, from + AT_ONCE))) === undefined) return false;
      }
    }
    return true;
  };

  const saveRest = async (ask: Ask): Promise<boolean> => {
    const rest = unsaved;
    unsaved = [];
    if (await saveAll(ask, rest)) return true;
    unsaved = [...rest, ...unsaved].slice(-MAX_RESTORED);
    return false;
  };

  return {
    proofs: {
      async put(scope: Scope, keys: readonly string[], at: number, keepMs: number): Promise<void> {
        const noted = keys.map((key): Noted => ({ scope, key, at, expiresAt: at + keepMs }));
        for (const each of noted) local.note(each);
        const isSaved = noted.length === 0 || (await save(link.ask, scope, noted)) !== undefined;
        if (!isSaved) unsaved = [...unsaved, ...noted].slice(-MAX_RESTORED);
      },
      async get(scope: Scope, keys: readonly string[]): Promise<readonly (number | null)[]> {
        const texts =
          keys.length === 0
            ? []
            : await link.ask((session) => session.mGet(keys.map((key) => names.proof(scope, key))));
        return keys.map((key, at) => {
          const here = local.notedAt(scope, key);
          const there = parseTimes(texts?.[at] ?? null, time);
          if (there === null || (here !== null && there.at <= here)) return here;
          local.note({ scope, key, ...there }); // so that it is known here when Redis is lost: it may be a denial
          return there.at;
        });
      },
    },

    pages: {
      async get(scope: Scope, path: string): Promise<HeldPage | null> {
        const texts = await link.ask((session) => session.mGet([names.page(scope, path)]));
        const there = parsePage(texts?.[0] ?? null, time);
        const here = local.page(scope, path);
        return here === null || (there !== null && there.readAt > here.readAt) ? there : here;
      },
      async put(scope: Scope, path: string, page: HeldPage, keepMs: number): Promise<void> {
        const expiresAt = page.readAt + keepMs;
        local.keepPage(scope, path, page, expiresAt);
        const forMs = Math.ceil(time.toRedis(expiresAt) - time.now());
        if (forMs <= 0) return;
        const text = JSON.stringify({ ...page, readAt: time.toRedis(page.readAt) });
        await link.ask((session) => session.set(names.page(scope, path), text, forMs).then(() => true));
      },
    },

    /** Brings back what Redis may have lost, and what it has missed. */
    async join(ask: Ask): Promise<boolean> {
      return (await saveAll(ask, [...local.notes()].slice(-MAX_RESTORED))) && saveRest(ask);
    },
    saveRest,
    get isSaved() {
      return unsaved.length === 0;
    },
  };
}

function byScope(noted: readonly Noted[]): Map<Scope, Noted[]> {
  const groups = new Map<Scope, Noted[]>();
  for (const each of noted) {
    const group = groups.get(each.scope);
    if (group === undefined) groups.set(each.scope, [each]);
    else group.push(each);
  }
  return groups;
}

/** `at expiresAt`, as the script writes it. What another hand wrote reads as nothing. */
function parseTimes(text: string | null, time: RedisTime): Pick<Noted, 'at' | 'expiresAt'> | null {
  const [, at, expiresAt] = (text === null ? null : /^(\d{1,16}) (\d{1,16})$/.exec(text)) ?? [];
  if (at === undefined || !time.isPast(Number(at))) return null;
  return { at: time.fromRedis(Number(at)), expiresAt: time.fromRedis(Number(expiresAt)) };
}

/** The same. */
function parsePage(text: string | null, time: RedisTime): HeldPage | null {
  if (text === null) return null;
  try {
    const page: unknown = JSON.parse(text);
    if (!isJsonObject(page)) return null;
    const { readAt, entries, nextLink } = page;
    if (!time.isPast(readAt) || !isNullableText(nextLink)) return null;
    if (!Array.isArray(entries) || !entries.every(isEntry)) return null;
    return { readAt: time.fromRedis(readAt), entries, nextLink };
  } catch {
    return null; // Not JSON.
  }
}

function isEntry(entry: unknown): entry is HeldPage['entries'][number] {
  return isJsonObject(entry) && (typeof entry['location'] === 'string' || typeof entry['malformed'] === 'string');
}
