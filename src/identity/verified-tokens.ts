import { decodeJwt, decodeProtectedHeader, errors, jwtVerify, type JWTPayload } from 'jose';
import { type Clock } from '../lib/clock.js';
import { createExpiringMap } from '../lib/expiring-map.js';
import { type Log } from '../lib/log.js';
import { GraphError } from '../operation/failure.js';
import { type Issuer } from './issuer.js';
import { type KeyedHash } from './keyed-hash.js';
import { type SigningKeys } from './signing-keys.js';

/** What is read from a token after everything about it was checked. */
export interface VerifiedClaims {
  /** GUID, in small letters. */
  readonly tenantId: string;
  /** Words that name the user or the app in the tenant, for a keyed hash. */
  readonly who: readonly string[];
  readonly roles: readonly string[];
  /** Whether a user is behind it. What an app had for itself alone lets nobody be acted for. */
  readonly isOfUser: boolean;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** Tokens that are for this gateway. */
export interface VerifiedTokens<T> {
  /**
   * It never rejects.
   *
   * @returns what `keep` made of the token; an error, which names the check that failed and does not quote the token
   */
  verify(token: string): Promise<T | GraphError>;
  clear(): void;
}

export interface VerifiedTokensOptions<T> {
  readonly keys: SigningKeys;
  readonly audiences: readonly string[];
  /** Microsoft Graph's root: its tokens are told from other wrong ones. */
  readonly graphRoot: URL;
  readonly keyedHash: KeyedHash;
  readonly clock: Clock;
  readonly log: Log;
  /** What is remembered of a token until it expires, by its hash; the token itself is not. */
  readonly keep: (claims: VerifiedClaims) => T;
  /** Of how many that is, at most; MAX_VERIFIED unless told. */
  readonly maxVerified?: number;
}

/** What Entra signs with. Source: id_token_signing_alg_values_supported in the discovery documents of all its clouds. */
const ALGORITHMS = ['RS256'];
/** The clock that Entra dates tokens by may be ahead of ours. Of the end it is no matter: it is never put off. */
const NOT_BEFORE_TOLERANCE_SECONDS = 60;
/** Some hundred bytes each; as many as there are tokens for Graph at most. One that is forgotten is verified again. */
const MAX_VERIFIED = 20_000;
/** Microsoft Graph's app id, which is in the audience of its own tokens of version 2.0. */
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';

export function createVerifiedTokens<T>(options: VerifiedTokensOptions<T>): VerifiedTokens<T> {
  const { keys, audiences, graphRoot, keyedHash, clock, log, keep, maxVerified = MAX_VERIFIED } = options;
  const verified = createExpiringMap<string, T>({ clock, maxEntries: maxVerified });
  const flights = new Map<string, Promise<T | GraphError>>();
  const wanted = `its audience must be ${audiences.join(' or ')}`;

  /** Checks that need no key come first: what cannot be right makes nobody look for one. */
  function refuseUnseen(token: string): GraphError | null {
    let algorithm: unknown;
    let claims: JWTPayload;
    try {
      algorithm = decodeProtectedHeader(token).alg;
      claims = decodeJwt(token);
    } catch {
      return refusal(`is no JSON Web Token; one of Microsoft Entra is needed, and ${wanted}`);
    }
    if (typeof algorithm !== 'string' || !ALGORITHMS.includes(algorithm)) {
      return refusal(`is signed with an algorithm that is not allowed; it must be ${ALGORITHMS.join(' or ')}`);
    }
    const named = [claims.aud].flat();
    if (named.some((audience) => audience !== undefined && audiences.includes(audience))) return null;
    return named.some((audience) => audience === GRAPH_APP_ID || isOrigin(audience, graphRoot.origin))
      ? refusal(`is for Microsoft Graph, and this gateway takes only tokens that are for itself: ${wanted}`)
      : refusal(`is for another audience; ${wanted}`);
  }

  async function check(token: string, hash: string): Promise<T | GraphError> {
    const unseen = refuseUnseen(token);
    if (unseen !== null) return unseen;
    try {
      const issuer = await keys.issuer();
      const now = clock.now();
      const { payload } = await jwtVerify(token, (header, input) => keys.keyOf(header, input), {
        algorithms: ALGORITHMS,
        audience: [...audiences],
        issuer: [...issuer.names],
        requiredClaims: ['exp'],
        clockTolerance: NOT_BEFORE_TOLERANCE_SECONDS,
        currentDate: new Date(now),
      }).catch((error: unknown) => {
        throw error instanceof errors.JOSEError ? refusalOf(error, token, issuer) : error;
      });
      const claims = readClaims(payload, issuer);
      if (claims instanceof GraphError) return claims;
      if (claims.expiresAt <= now) return refusal('has expired');
      const kept = keep(claims);
      verified.set(hash, kept, claims.expiresAt);
      return kept;
    } catch (error) {
      if (error instanceof GraphError) return error;
      // What other libraries throw may quote what they were given.
      log.error({ error: error instanceof Error ? error.name : typeof error }, 'token not verified');
      return new GraphError({ kind: 'unavailable' }, 'The token cannot be verified at present.');
    }
  }

  return {
    verify(token) {
      const hash = keyedHash('token', token);
      const known = verified.get(hash);
      if (known !== undefined) return Promise.resolve(known);
      const flight = flights.get(hash) ?? check(token, hash).finally(() => flights.delete(hash));
      flights.set(hash, flight);
      return flight;
    },
    clear: () => verified.clear(),
  };
}

/** Which check failed. jose's own errors hold the claims, so they go no further. */
function refusalOf(error: errors.JOSEError, token: string, issuer: Issuer): GraphError {
  if (error instanceof errors.JWTExpired) return refusal('has expired');
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.reason === 'missing') return refusal(`lacks the claim ${error.claim}`);
    if (error.claim === 'nbf') return refusal('is not valid yet');
    if (error.claim === 'iss')
      return isOfOther(decodeJwt(token), issuer) ? wrongTenant() : refusal('has another issuer');
    return refusal(`cannot be read: its claim ${error.claim} is not as it must be`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return refusal('has a signature that is not right');
  if (error instanceof errors.JWKSNoMatchingKey) return refusal('names a key that its issuer does not have');
  if (error instanceof errors.JWKSMultipleMatchingKeys) return refusal('does not name the key that it is signed with');
  return refusal('is no JSON Web Token that this gateway can read');
}

function readClaims(payload: JWTPayload, issuer: Issuer): VerifiedClaims | GraphError {
  if (isOfOther(payload, issuer)) return wrongTenant();
  const { oid, sub, scp, azp, appid, idtyp, roles, exp } = payload;
  // An id token has the same issuer and, where front end and gateway are registered as one app, the same audience.
  if (![scp, azp, appid].some(isText)) {
    return refusal(
      'is not an access token: it names neither scopes (scp) nor the app that it was issued to (azp, appid)',
    );
  }
  const who = isText(oid) ? [oid.toLowerCase()] : isText(sub) ? ['sub', sub] : null;
  if (who === null) return refusal('names nobody: it has neither oid nor sub');
  return {
    tenantId: issuer.tenantId,
    who,
    roles: Array.isArray(roles) ? roles.filter(isText) : [],
    // Scopes are what a user lets an app do; idtyp is optional, and `app` where it is there and the token is an app's.
    isOfUser: isText(scp) && idtyp !== 'app',
    expiresAt: Math.floor((exp ?? 0) * 1_000),
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isOfOther({ tid }: JWTPayload, issuer: Issuer): boolean {
  return !isText(tid) || tid.toLowerCase() !== issuer.tenantId;
}

function isOrigin(audience: string | undefined, origin: string): boolean {
  return audience !== undefined && URL.canParse(audience) && new URL(audience).origin === origin;
}

function wrongTenant(): GraphError {
  return refusal('is of another tenant');
}

function refusal(what: string): GraphError {
  return new GraphError({ kind: 'unauthenticated' }, `The token ${what}.`);
}
