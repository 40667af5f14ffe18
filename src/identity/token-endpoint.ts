import { ConfidentialClientApplication, type AuthenticationResult, type NodeAuthOptions } from '@azure/msal-node';
import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { GraphError } from '../operation/failure.js';
import { type AccessToken, type TokenFailure } from './access-tokens.js';
import { type ClientCredential, type EntraAuth } from './auth.js';
import { type AuthorityAnswer, type AuthorityHttp } from './authority-http.js';
import { tokenFailureOf, unavailable, type Grant } from './token-failure.js';

/** Asks the token authority for tokens for Graph. Each call is one request; none rejects. */
export interface TokenEndpoint {
  /** @param assertion the caller's token */
  onBehalfOf(assertion: string): Promise<AccessToken | TokenFailure>;
  /** For the gateway itself. */
  forApp(): Promise<AccessToken | TokenFailure>;
}

/** What fits into a header after the word Bearer. */
const TOKEN = /^[A-Za-z0-9\-._~+/]+=*$/;

export function createTokenEndpoint(options: {
  readonly http: AuthorityHttp;
  readonly auth: EntraAuth;
  readonly graphRoot: URL;
  readonly clock: Clock;
  readonly log: Log;
}): TokenEndpoint {
  const { http, auth, graphRoot, clock, log } = options;
  const scopes = [`${graphRoot.origin}/.default`];
  const tokenPath = `/${auth.tenantId}/oauth2/v2.0/token`;
  const msalAuth = describeForMsal(auth, tokenPath);

  /**
   * MSAL writes the request, and proves who the gateway is; the rest is ours. It gets a new application for each token,
   * since its cache keeps what it was told, callers' tokens included, for as long as the application lives.
   */
  async function acquire(
    grant: Grant,
    ask: (application: ConfidentialClientApplication) => Promise<AuthenticationResult | null>,
  ): Promise<AccessToken | TokenFailure> {
    const startedAt = clock.now();
    let outcome: AuthorityAnswer | GraphError | null = null;
    const application = new ConfidentialClientApplication({
      auth: msalAuth,
      system: {
        disableInternalRetries: true,
        networkClient: {
          sendGetRequestAsync: () => Promise.reject(new Error('Nothing has to be looked up.')),
          // Where it is sent is not MSAL's to say: it knows an https form of the address only, and regions besides.
          sendPostRequestAsync: async (
            _url: string,
            request: { body?: string; headers?: Record<string, string> } = {},
          ) => {
            const sent = http.post(tokenPath, request.body ?? '', request.headers);
            const answer = await sent.catch((error: unknown) => {
              outcome = toGraphError(error);
              throw outcome;
            });
            outcome = answer;
            // MSAL reads what it finds, and `readOutcome` what MSAL made of it.
            return { status: answer.status, headers: {}, body: (answer.body ?? {}) as never };
          },
        },
      },
    });
    // What MSAL throws quotes the authority, so it is not looked at: `outcome` says it all.
    const token = await ask(application).then(
      (result) => result?.accessToken,
      () => undefined,
    );
    const given = readOutcome(outcome, token, startedAt, grant);
    if ('error' in given) logFailure(given);
    return given;
  }

  function logFailure({ error, concerns }: TokenFailure): void {
    const reason = error.message;
    // What everybody would be told and no time heals is for the operator to see to.
    if (concerns === 'everyone' && error.reason.kind !== 'throttled') log.error({ reason }, 'token authority');
    else if (error.reason.kind !== 'unauthenticated') log.warn({ reason }, 'token authority');
  }

  return {
    onBehalfOf: (oboAssertion) =>
      acquire('exchange', (application) =>
        application.acquireTokenOnBehalfOf({ oboAssertion, scopes, skipCache: true }),
      ),
    forApp: () =>
      acquire('own', (application) => application.acquireTokenByClientCredential({ scopes, skipCache: true })),
  };
}

function readOutcome(
  outcome: AuthorityAnswer | GraphError | null,
  token: string | undefined,
  startedAt: number,
  grant: Grant,
): AccessToken | TokenFailure {
  if (outcome instanceof GraphError) return unavailable(outcome);
  if (outcome === null) return unavailable(unreadable('No request could be made to the token authority.'));
  if (outcome.status !== 200) return tokenFailureOf(outcome, grant);
  const lifeSeconds = Number(outcome.body?.['expires_in']);
  if (token === undefined || !TOKEN.test(token) || !(lifeSeconds > 0) || !Number.isFinite(lifeSeconds)) {
    return unavailable(unreadable('The answer of the token authority holds no token that can be used.'));
  }
  // From when it was asked for: its life may have begun before the answer was here.
  return { token, expiresAt: startedAt + Math.floor(lifeSeconds * 1_000) };
}

/** MSAL takes https addresses only, and would look up what we know. */
function describeForMsal(auth: EntraAuth, tokenPath: string): NodeAuthOptions {
  const authority = `https://${auth.authorityUrl.host}`;
  return {
    clientId: auth.clientId,
    authority: `${authority}/${auth.tenantId}`,
    knownAuthorities: [auth.authorityUrl.host],
    authorityMetadata: JSON.stringify({
      issuer: `${authority}/${auth.tenantId}/v2.0`,
      authorization_endpoint: `${authority}/${auth.tenantId}/oauth2/v2.0/authorize`,
      token_endpoint: `${authority}${tokenPath}`,
      end_session_endpoint: `${authority}/${auth.tenantId}/oauth2/v2.0/logout`,
      jwks_uri: `${authority}/${auth.tenantId}/discovery/v2.0/keys`,
    }),
    ...credentialForMsal(auth.credential),
  };
}

function credentialForMsal(credential: ClientCredential): Pick<NodeAuthOptions, 'clientSecret' | 'clientCertificate'> {
  if (credential.kind === 'secret') return { clientSecret: credential.secret() };
  const { thumbprintSha256, chain, privateKey } = credential;
  return { clientCertificate: { thumbprintSha256, x5c: chain, privateKey: privateKey() } };
}

function toGraphError(error: unknown): GraphError {
  return error instanceof GraphError ? error : unreadable('The token authority did not answer.');
}

function unreadable(message: string): GraphError {
  return new GraphError({ kind: 'unavailable' }, message);
}
