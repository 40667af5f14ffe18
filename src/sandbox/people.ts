import { Refusal } from './envelope.js';

export interface User {
  readonly id: string;
  readonly displayName: string;
  readonly userPrincipalName: string;
}

/** Who may call. A token is opaque text that leads to a user; nothing is read from it. */
export interface People {
  /** A token that was known before leads to this user from now on, and is good again. */
  addToken(token: string, user: User): void;
  /** From now on the token is one that has expired. @throws when there is no such token */
  expire(token: string): void;
  /** From now on the token is good only for who comes back with these claims. @throws when there is no such token */
  challenge(token: string, claims: string): void;
  /** @throws {Refusal} 401, in Graph's words */
  authenticate(authorization: string | undefined): User;
}

interface Pass {
  readonly user: User;
  readonly state: 'good' | 'expired' | { readonly claims: string };
}

/** Graph's own application id; clients read from this header where to get a token. */
const WHERE_TO_GO =
  'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", ' +
  'client_id="00000003-0000-0000-c000-000000000000"';

export function createPeople(): People {
  const passes = new Map<string, Pass>();
  const change = (token: string, state: Pass['state']): void => {
    const pass = passes.get(token);
    if (pass === undefined) throw new Error('The sandbox has no such token.');
    passes.set(token, { user: pass.user, state });
  };

  return {
    addToken: (token, user) => void passes.set(token, { user, state: 'good' }),
    expire: (token) => change(token, 'expired'),
    challenge: (token, claims) => change(token, { claims }),
    authenticate(authorization) {
      const token = /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
      if (token === undefined) throw unauthenticated('Access token is empty.');
      const pass = passes.get(token);
      if (pass === undefined) throw unauthenticated('CompactToken parsing failed with error code: 80049217');
      if (pass.state === 'expired') throw unauthenticated('Access token has expired or is not yet valid.');
      if (pass.state !== 'good') throw challenged(pass.state.claims);
      return pass.user;
    },
  };
}

function unauthenticated(message: string): Refusal {
  return new Refusal(401, 'InvalidAuthenticationToken', message, { 'WWW-Authenticate': WHERE_TO_GO });
}

/** Continuous access evaluation. The claims are JSON, and travel as base64. */
function challenged(claims: string): Refusal {
  const encoded = Buffer.from(claims).toString('base64');
  return new Refusal(
    401,
    'InvalidAuthenticationToken',
    'Continuous access evaluation resulted in challenge with result: InteractionRequired and code: ' +
      'TokenIssuedBeforeRevocationTimestamp',
    { 'WWW-Authenticate': `${WHERE_TO_GO}, error="insufficient_claims", claims="${encoded}"` },
  );
}
