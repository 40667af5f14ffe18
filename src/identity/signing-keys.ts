import { createLocalJWKSet, errors, type CryptoKey, type FlattenedJWSInput, type JWSHeaderParameters } from 'jose';
import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { GraphError } from '../operation/failure.js';
import { type JsonObject } from '../operation/json.js';
import { type AuthorityHttp } from './authority-http.js';
import { discoveryPath, mayBeKeyOf, readIssuer, type Issuer } from './issuer.js';
import { createKept } from './kept.js';

/** The keys that sign the tokens of one tenant. They rotate, and are found without a restart. */
export interface SigningKeys {
  /** @throws {GraphError} `unavailable` */
  issuer(): Promise<Issuer>;
  /**
   * The key that a token names.
   * @throws {GraphError} `unavailable`
   * @throws {errors.JWKSNoMatchingKey} when there is none even after a look for newer ones
   */
  keyOf(header: JWSHeaderParameters | undefined, token: FlattenedJWSInput | undefined): Promise<CryptoKey>;
}

/**
 * Microsoft rolls its keys over every few weeks, announces the next one in advance, and in an emergency at once. So they
 * are looked at every hour, and whenever a token names one that is not known; half a minute must pass between two looks,
 * or a caller could make us ask with every word that it makes up.
 */
const KEYS_FRESH_MS = 3_600_000;
/** While the authority cannot be reached its keys serve on for a day. */
const MAX_AGE_MS = 86_400_000;
const PAUSE_MS = 30_000;

const ISSUER_FRESH_MS = 21_600_000;

type KeySet = ReturnType<typeof createLocalJWKSet>;

export function createSigningKeys(options: {
  readonly http: AuthorityHttp;
  readonly authorityUrl: URL;
  readonly tenantId: string;
  readonly clock: Clock;
  readonly log: Log;
}): SigningKeys {
  const { http, authorityUrl, tenantId, clock, log } = options;

  /** @throws {GraphError} `unavailable` */
  async function fetch<T>(what: string, path: string, read: (body: JsonObject) => T | Promise<T>): Promise<T> {
    try {
      const { status, body } = await http.get(path);
      if (status !== 200 || body === undefined) {
        throw new GraphError({ kind: 'unavailable' }, `The token authority answered ${status} instead of its ${what}.`);
      }
      return await read(body);
    } catch (error) {
      const known = error instanceof GraphError ? error : unreadable(what);
      log.warn({ reason: known.message }, 'token authority');
      throw known;
    }
  }

  const issuer = createKept<Issuer>({
    clock,
    fetch: () =>
      fetch('discovery document', discoveryPath(tenantId), (document) => readIssuer(document, authorityUrl, tenantId)),
    freshMs: ISSUER_FRESH_MS,
    maxAgeMs: MAX_AGE_MS,
    pauseMs: PAUSE_MS,
  });
  const keys = createKept<KeySet>({
    clock,
    fetch: async () => {
      const { keysPath, tenantId: guid } = await issuer.get();
      return fetch('keys', keysPath, (body) => readKeySet(body, guid));
    },
    freshMs: KEYS_FRESH_MS,
    maxAgeMs: MAX_AGE_MS,
    pauseMs: PAUSE_MS,
  });

  return {
    issuer: () => issuer.get(),
    async keyOf(header, token) {
      const known = await keys.get();
      try {
        return await known(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        return (await keys.renewed())(header, token);
      }
    },
  };
}

/** @throws when it is no key set */
function readKeySet(body: JsonObject, tenantId: string): KeySet {
  const { keys } = body;
  if (!Array.isArray(keys)) throw unreadable('keys');
  const ours = { keys: keys.filter((key: unknown) => mayBeKeyOf(key, tenantId)) };
  return createLocalJWKSet(ours); // which looks for itself whether they are keys
}

function unreadable(what: string): GraphError {
  return new GraphError({ kind: 'unavailable' }, `The token authority's ${what} cannot be read.`);
}
