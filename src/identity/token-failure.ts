import { GraphError, type GraphAnswer } from '../operation/failure.js';
import { isJsonObject, type JsonObject } from '../operation/json.js';
import { type TokenFailure } from './access-tokens.js';
import { type AuthorityAnswer } from './authority-http.js';

/** A challenge that is cut is worth nothing, so a longer one is left out. */
const MAX_CLAIMS_LENGTH = 8_192;

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * What OAuth names as the fault of who signs in: another token of this caller may do better.
 * Source: Microsoft identity platform, on-behalf-of flow and authentication error codes; RFC 6749 section 5.2.
 */
const CALLERS_FAULTS = ['invalid_grant', 'interaction_required', 'login_required', 'consent_required'];
/** Faults that pass, though their status is 400. */
const PASSING_FAULTS = ['temporarily_unavailable', 'server_error'];

/** A failure besides what the authority answers: no connection, a time limit, an answer that cannot be read. */
export function unavailable(error: GraphError): TokenFailure {
  return { error, concerns: 'caller', retryAfterMs: null };
}

/**
 * Why an answer of the token endpoint that is no success gave no token. Of what the authority wrote only codes and the
 * claims are told: its sentences name users, apps and addresses.
 */
export function tokenFailureOf({ status, retryAfterMs, body = {} }: AuthorityAnswer): TokenFailure {
  const error = textIn(body, 'error');
  const code = aadstsCode(body);
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
  if (status === 408 || status >= 500 || status < 400 || (error !== undefined && PASSING_FAULTS.includes(error))) {
    return unavailable(
      new GraphError({ kind: 'unavailable' }, `The token authority could not answer (${shown}).`, said),
    );
  }
  if (error !== undefined && CALLERS_FAULTS.includes(error)) {
    const claims = claimsIn(body);
    const sentence =
      claims === null
        ? `The token was not exchanged for one of Microsoft Graph (${shown}); another token is needed.`
        : `Microsoft Entra wants more of the user than this token shows (${shown}); get a new one with these claims.`;
    const reason = { kind: 'unauthenticated', ...(claims !== null && { claims }) } as const;
    return { error: new GraphError(reason, sentence, said), concerns: 'caller', retryAfterMs: null };
  }
  // invalid_client, unauthorized_client, invalid_scope and the like: every caller would meet it.
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

/** `AADSTS50079`, the number that Microsoft's documentation explains. */
function aadstsCode({ error_codes: codes }: JsonObject): string | undefined {
  const first: unknown = Array.isArray(codes) ? codes[0] : undefined;
  return Number.isSafeInteger(first) ? `AADSTS${String(first)}` : undefined;
}

function textIn(body: JsonObject, member: string): string | undefined {
  const text = body[member];
  return typeof text === 'string' ? text : undefined;
}
