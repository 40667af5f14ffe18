import { type Config } from './config.js';
import { DEMO } from './sandbox/demo.js';

/** What of the running gateway the greeting tells. */
export interface Greeted {
  readonly url: string;
  readonly sandbox: { readonly url: string } | null;
}

/** What the process says when it is up: where everything is, what is asked, and something to try. */
export function greeting({ url, sandbox }: Greeted, { graphUrl, graphiql, auth, pollIntervalMs }: Config): string {
  const upstream =
    sandbox === null
      ? `Microsoft Graph at ${graphUrl?.origin ?? ''}, asked ${TOKENS[auth.mode]}`
      : `the built-in sandbox at ${sandbox.url}: made up, needs no token`;
  const lines = [
    'graph-operations-gateway is up',
    '',
    `  Live board  ${url}/`,
    ...(graphiql ? [`  GraphiQL    ${url}/graphql`] : []),
    `  HTTP        ${url}/graphql`,
    `  WebSocket   ${url.replace('http', 'ws')}/graphql`,
    `  Upstream    ${upstream}`,
    `  Interval    ${pollIntervalMs / 1_000} s between two checks of one operation`,
    '',
    invitation(graphiql, sandbox !== null),
    '',
    ...subscriptionTo(sandbox === null ? YOUR_OPERATION : DEMO_OPERATION).map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n\n`;
}

/** Whose token Graph sees, and what callers bring. */
const TOKENS = {
  forward: "with each caller's own token",
  'on-behalf-of': 'on behalf of each caller, whose token is for this gateway',
  app: "with the gateway's own token, for callers whose token is for this gateway",
} as const satisfies Record<Config['auth']['mode'], string>;

/** The Location header of a 202, as Graph writes it. */
const DEMO_OPERATION = `/teams('${DEMO.teamId}')/operations('${DEMO.teamOperationId}')`;
const YOUR_OPERATION = "/teams('TEAM')/operations('OPERATION')";

function invitation(graphiql: boolean, isSandbox: boolean): string {
  const where = graphiql ? 'Paste this into GraphiQL' : 'Send this over the websocket';
  return isSandbox
    ? `${where} (the operation takes a minute and a half from now; after that you get its final state at once):`
    : `${where}, with the Location header of a 202 in it and an Authorization header beside it:`;
}

function subscriptionTo(location: string): string[] {
  return [
    'subscription {',
    `  operationStatusChanged(refs: [{ location: "${location}" }]) {`,
    '    reason from to observedAt',
    '  }',
    '}',
  ];
}
