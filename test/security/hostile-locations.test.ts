import { expect, it } from '@jest/globals';
import { request as httpRequest } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import fc from 'fast-check';
import { globalIdOf } from '../../src/operation/global-id.js';
import { refInHost } from '../../src/operation/location.js';
import { digestOf } from '../../src/poll/cursor.js';
import { anyText, legalKey } from '../operation/arbitraries.js';
import { planFuzzRun } from '../support/fuzz-chance.js';
import { startFuzzGraph } from '../support/fuzz-graph.js';
import { closeAfterTest, startTestGateway } from '../support/gateway.js';

/** One field with one text of the caller's in it, in every place where a text could become a path. */
const PLACES: readonly { readonly query: string; readonly variables: (text: string) => object }[] = [
  {
    query: 'query ($text: String!) { operation(ref: { location: $text }) { id location } }',
    variables: (text) => ({ text }),
  },
  { query: 'query ($text: ID!) { operation(ref: { id: $text }) { id location } }', variables: (text) => ({ text }) },
  { query: 'query ($text: ID!) { node(id: $text) { id } }', variables: (text) => ({ text }) },
  { query: 'query ($text: ID!) { nodes(ids: [$text, $text]) { id } }', variables: (text) => ({ text }) },
  {
    query: 'query ($text: ID!) { operation(ref: { team: { hostId: $text, operationId: "1" } }) { id } }',
    variables: (text) => ({ text }),
  },
  {
    query: 'query ($text: ID!) { operation(ref: { chat: { hostId: "1", operationId: $text } }) { id } }',
    variables: (text) => ({ text }),
  },
  {
    query: 'query ($text: String!) { operations(host: { location: $text }) { edges { node { id } } } }',
    variables: (text) => ({ text }),
  },
  {
    query: 'query ($text: ID!) { operations(host: { teamId: $text }) { edges { node { id } } } }',
    variables: (text) => ({ text }),
  },
  {
    query: 'query ($text: String) { operations(host: { teamId: "1" }, after: $text) { edges { node { id } } } }',
    variables: (text) => ({ text }),
  },
];
/** What cursors of that last list begin with. */
const OF_TEAM_1 = digestOf([refInHost('team', '1', '1').host.location, '']);
const CODES = ['BAD_USER_INPUT', 'NOT_FOUND', 'UPSTREAM_MALFORMED', 'UPSTREAM_UNAVAILABLE'];

/** Texts that are locations, ids and cursors, nearly, or by the look of them; `evil.test` is the thief of the arbitraries. */
function anyAttempt(graph: string, thief: string): fc.Arbitrary<string> {
  const location = fc.oneof(
    anyText.map((text) => text.replaceAll('https://graph.microsoft.com', graph).replaceAll('evil.test', thief)),
    fc.tuple(legalKey, legalKey).map(([host, id]) => refInHost('team', host, id).location),
    fc
      .tuple(fc.constantFrom(graph, `http://${thief}`, `//${thief}`, `${graph}@${thief}`, `\\\\${thief}`), anyText)
      .map(([root, text]) => `${root}/v1.0/teams/${text}/operations/1`),
  );
  const index = fc.constantFrom<unknown>(-1, 0, 1, null);
  const word = (fields: unknown): string => Buffer.from(JSON.stringify(fields)).toString('base64url');
  return fc.oneof(
    location,
    legalKey,
    fc.tuple(legalKey, legalKey).map(([host, id]) => globalIdOf(refInHost('chat', host, id))),
    location.map((text) => Buffer.from(`operation:${text}`).toString('base64url')),
    fc.tuple(location, index).map(([link, at]) => word([OF_TEAM_1, link, at, ''])),
    fc.tuple(anyText, index).map(([query, at]) => word([OF_TEAM_1, `/v1.0/teams/1/operations?${query}`, at, ''])),
    fc.jsonValue().map(word),
  );
}

it('sends a token to Graph’s own operations and nowhere else, whatever a caller writes', async () => {
  const { seed, runs } = planFuzzRun('locations and ids', { short: 400, inCi: 2_000 });
  const thief = await startThief();
  const graph = closeAfterTest(await startFuzzGraph());
  const gateway = await startTestGateway({ graphUrl: graph.url });
  let nth = 0;

  await fc.assert(
    fc.asyncProperty(
      anyAttempt(graph.url, thief.host),
      fc.constantFrom(...PLACES),
      async (text, { query, variables }) => {
        const { status, errors, text: answer } = await gateway.query(query, variables(text), `caller-${nth++ % 50}`);
        expect(status).toBe(200);
        for (const { extensions } of errors) expect(CODES).toContain(extensions.code);
        expect(answer).not.toContain('INTERNAL_SERVER_ERROR');
        expect(graph.forbidden).toEqual([]);
        expect(thief.heard()).toBe(0);
      },
    ),
    { seed, numRuns: runs },
  );
  expect(graph.asked()).toBeGreaterThan(runs / 10); // many were right, or nothing was tried
}, 300_000);

it('sends a token to Graph and nowhere else, whatever host a request names', async () => {
  const thief = await startThief();
  const graph = closeAfterTest(await startFuzzGraph());
  const gateway = await startTestGateway({ graphUrl: graph.url });
  const { hostname, port, host } = new URL(gateway.url);

  const names = ['host', 'x-forwarded-host', 'x-original-url', 'x-rewrite-url', 'forwarded', 'via', 'x-host'];
  const values = [
    thief.host,
    `http://${thief.host}/`,
    `host=${thief.host}`,
    `${host}@${thief.host}`,
    `${thief.host}#`,
    '',
  ];
  const paths = ['/graphql', `http://${thief.host}/graphql`, `//${thief.host}/graphql`, `/graphql?@${thief.host}`];
  let nth = 0;
  for (const name of names) {
    for (const value of values) {
      for (const path of paths) {
        const location = `/teams/one-of-${nth++}/operations/1`;
        const status = await new Promise<number>((resolve, reject) => {
          const headers = { host, 'content-type': 'application/json', authorization: 'Bearer a-caller', [name]: value };
          const asking = httpRequest({ hostname, port, path, method: 'POST', headers }, (response) => {
            response.resume().on('end', () => resolve(response.statusCode ?? 0));
          });
          asking.on('error', reject);
          asking.end(JSON.stringify({ query: `{ operation(ref: { location: "${location}" }) { id } }` }));
        });
        expect([200, 400, 403, 404, 421]).toContain(status);
      }
    }
  }
  expect(graph.asked()).toBeGreaterThan(names.length);
  expect(graph.forbidden).toEqual([]);
  expect(thief.heard()).toBe(0);
});

/** Somebody on this machine who must never hear from the gateway. */
async function startThief() {
  let heard = 0;
  const server = createServer((socket) => {
    heard += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, resolve)); // on every address
  closeAfterTest({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, heard: () => heard };
}
