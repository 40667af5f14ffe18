import { GraphError, type GraphAnswer } from '../operation/failure.js';
import { isJsonObject, type JsonObject } from '../operation/json.js';
import { type TokenFailure } from './access-tokens.js';
import { type AuthorityAnswer } from './authority-http.js';

/** A challenge that is cut is worth nothing, so a longer one is left out. */
const MAX_CLAIMS_LENGTH = 8_192;

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Whose fault it is by the name that OAuth has for it, and by Entra's number where a name stands for both. What is on no
 * list is held against the one caller who met it: it could be its token, and one caller must not stop the others.
 * Source: Microsoft identity platform, on-behalf-of flow and authentication error codes; RFC 6749 section 5.2.
 */
const CALLERS_FAULTS = ['invalid_grant', 'interaction_required', 'login_required', 'consent_required'];
const CALLERS_CODES = [
  50_013, // the token that was brought is not believed
  50_053, // the user is locked out
  7_000_114, // the token that was brought is an app's
];
const GATEWAYS_FAULTS = ['invalid_client', 'invalid_scope', 'invalid_resource', 'unsupported_grant_type'];
const GATEWAYS_CODES = [
  90_002, // no such tenant
  700_016, // no such app in the tenant
  7_000_112, // the app is disabled
  700_027, // its certificate is not believed
  7_000_215, // its secret is wrong
  7_000_222, // its secret has expired
];
/** Faults that pass, though their status is 400. */
const PASSING_FAULTS = ['temporarily_unavailable', 'server_error'];

/** A failure besides what the authority answers: no connection, a time limit, an answer that cannot be read. */
export function unavailable(error: GraphError): TokenFailure {
  return { error, concerns: 'caller', retryAfterMs: null };
}

/** In exchange for a caller's token; for the gateway itself, where nothing in the request is a caller's. */
export type Grant = 'exchange' | 'own';

/**
 * Why an answer of the token endpoint that is no success gave no token. Of what the authority wrote only codes and the
 * claims are told: its sentences name users, apps and addresses.
 */
export function tokenFailureOf({ status, retryAfterMs, body = {} }: AuthorityAnswer, grant: Grant): TokenFailure {
  const error = textIn(body, 'error') ?? '';
  const codes = codesIn(body);
  // The number that Microsoft's documentation explains.
  const code = codes[0] === undefined ? undefined : `AADSTS${codes[0]}`;
  const traceId = textIn(body, 'trace_id');
  const said: GraphAnswer = {
    status,
    ...(code !== undefined && { code }),
    ...(traceId !== undefined && GUID.test(traceId) && { requestId: traceId }),
  };
  const shown = `${status}${code === undefined ? '' : `, ${code}`}`;

  if (status === 429 || (status === 503 && retryAfterMs !== null)) {
    const reason = { kind: 'throttled', retryAfterMs: retryAfterMs ?? 0 } as const;
    return {
      error: new GraphError(reason, `The token authority wants a pause (${shown}).`, said),
      concerns: 'everyone',
      retryAfterMs,
    };
  }
  if (status === 408 || status >= 500 || status < 400 || PASSING_FAULTS.includes(error)) {
    return unavailable(
      new GraphError({ kind: 'unavailable' }, `The token authority could not answer (${shown}).`, said),
    );
  }
  const isOneOf = (faults: readonly string[], numbers: readonly number[]): boolean =>
    faults.includes(error) || codes.some((one) => numbers.includes(one));
  if (grant === 'exchange' && isOneOf(CALLERS_FAULTS, CALLERS_CODES)) {
    const claims = claimsIn(body);
    const sentence =
      claims === null
        ? `The token was not exchanged for one of Microsoft Graph (${shown}); another token is needed.`
        : `Microsoft Entra wants more of the user than this token shows (${shown}); get a new one with these claims.`;
    const reason = { kind: 'unauthenticated', ...(claims !== null && { claims }) } as const;
    return { error: new GraphError(reason, sentence, said), concerns: 'caller', retryAfterMs: null };
  }
  if (grant === 'exchange' && !isOneOf(GATEWAYS_FAULTS, GATEWAYS_CODES)) {
    const sentence = `The token was not exchanged for one of Microsoft Graph, for a reason that is not known here (${shown}).`;
    return unavailable(new GraphError({ kind: 'unavailable' }, sentence, said));
  }
  const sentence = `Microsoft Entra does not accept this gateway (${shown}); its operator has to see to it.`;
  return { error: new GraphError({ kind: 'unavailable' }, sentence, said), concerns: 'everyone', retryAfterMs: null };
}

/**
 * The challenge of conditional access. Entra writes it as JSON here, and in base64 in the WWW-Authenticate of Microsoft
 * Graph; a caller gets it in base64 either way, so that it has one thing to do with it.
 */
function claimsIn(body: JsonObject): string | null {
  const claims = textIn(body, 'claims');
  if (claims === undefined || claims.length > MAX_CLAIMS_LENGTH) return null;
  try {
    return isJsonObject(JSON.parse(claims)) ? Buffer.from(claims).toString('base64') : null;
  } catch {
    return null;
  }
}

/** Entra's numbers for what is wrong. */
function codesIn({ error_codes: codes }: JsonObject): readonly number[] {
  return Array.isArray(codes) ? codes.filter((code: unknown): code is number => Number.isSafeInteger(code)) : [];
}

function textIn(body: JsonObject, member: string): string | undefined {
  const text = body[member];
  return typeof text === 'string' ? text : undefined;
}
