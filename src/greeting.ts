import { type App } from './app.js';
import { type Config } from './config.js';

/** What the process says when it is up: where everything is, what is asked, and something to try. */
export function greeting({ url, sandbox }: App, { graphUrl, graphiql, pollIntervalMs }: Config): string {
  const upstream =
    graphUrl === null
      ? `the built-in sandbox at ${sandbox?.url ?? ''} (made up; no real Graph is asked)`
      : graphUrl.href;
  const lines = [
    'graph-operations-gateway is up',
    '',
    ...(graphiql ? [`  GraphiQL    ${url}/graphql`] : []),
    `  HTTP        ${url}/graphql`,
    `  WebSocket   ${url.replace('http', 'ws')}/graphql`,
    `  Upstream    ${upstream}`,
    `  Interval    ${pollIntervalMs / 1_000} s between two checks of one operation`,
  ];
  return `${lines.join('\n')}\n\n`;
}
