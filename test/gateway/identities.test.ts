import { describe, expect, it } from '@jest/globals';
import { startCountingGraph } from '../support/counting-graph.js';
import { closeAfterTest, codeIn, ONE_OPERATION, operationIn, startTestGateway } from '../support/gateway.js';
import { oauthError, startTokenServer, USER_ID } from '../support/token-server.js';

const OTHER_USER_ID = '05e70000-0000-4000-8000-0000000000ee';
const ROLE = 'Operations.Read.All';
const WATCHED = { host: 'team', hostId: 'sales', operationId: 'archiving', status: 'inProgress' } as const;
const REF = { team: { hostId: WATCHED.hostId, operationId: WATCHED.operationId } };

/** A gateway, a Graph that knows the tokens which the token server gave out, and that token server. */
async function start(mode: 'on-behalf-of' | 'app') {
  const graph = closeAfterTest(await startCountingGraph());
  const server = closeAfterTest(await startTokenServer({ graphUrl: new URL(graph.url) }));
  graph.put(WATCHED);
  graph.allow((token) => server.ownerOf(token) !== null);
  const gateway = await startTestGateway({
    graphUrl: graph.url,
    environment: {
      GRAPH_AUTH: mode,
      AUTHORITY_URL: server.url.origin,
      TENANT_ID: server.tenantId,
      CLIENT_ID: server.clientId,
      CLIENT_SECRET: server.clientSecret,
    },
  });
  return { graph, server, ...gateway };
}

describe('a gateway that asks on behalf of its callers', () => {
  it('shows Graph a token of each caller’s own, and never the one it was given', async () => {
    const { graph, server, query } = await start('on-behalf-of');
    const tokens = [await server.mint(), await server.mint({ oid: OTHER_USER_ID })];
    for (const token of tokens) {
      expect(operationIn(await query(ONE_OPERATION, { ref: REF }, token))).toMatchObject({ state: 'RUNNING' });
    }
    expect(graph.reads.map(({ token }) => server.ownerOf(token))).toEqual([
      { kind: 'user', oid: USER_ID },
      { kind: 'user', oid: OTHER_USER_ID },
    ]);
  });

  it('takes one user with two tokens for one', async () => {
    const { graph, server, query } = await start('on-behalf-of');
    for (const jti of ['1', '2']) {
      const token = await server.mint({ jti });
      expect(operationIn(await query(ONE_OPERATION, { ref: REF }, token))).toMatchObject({ state: 'RUNNING' });
    }
    expect(graph.reads).toHaveLength(1);
  });

  it('lets nobody in whose token is not for it', async () => {
    const { graph, server, query } = await start('on-behalf-of');
    for (const token of [
      await server.mintBy('none'),
      await server.mintBy('hs256'),
      await server.mintBy('stranger'),
      await server.mint({ aud: graph.url }),
    ]) {
      expect(codeIn(await query(ONE_OPERATION, { ref: REF }, token))).toBe('UNAUTHENTICATED');
    }
    expect(codeIn(await query(ONE_OPERATION, { ref: REF }, null))).toBe('UNAUTHENTICATED');
    expect(graph.reads).toHaveLength(0);
  });

  it('hands the challenge of conditional access on to the caller', async () => {
    const { server, query } = await start('on-behalf-of');
    const claims = '{"access_token":{"capolids":{"essential":true}}}';
    const body = oauthError('interaction_required', 50_079, { claims });
    server.fail('token', { kind: 'answer', status: 400, body });
    const { errors } = await query(ONE_OPERATION, { ref: REF }, await server.mint());
    expect(errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED', claims: Buffer.from(claims).toString('base64') } },
    ]);
  });

  it('says for how long the token authority wants to be left alone', async () => {
    const { graph, server, query } = await start('on-behalf-of');
    server.fail('token', { kind: 'answer', status: 429, headers: { 'retry-after': '30' } }, 1);
    const { errors } = await query(ONE_OPERATION, { ref: REF }, await server.mint());
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_THROTTLED' } }]);
    expect(codeIn(await query(ONE_OPERATION, { ref: REF }, await server.mint({ oid: OTHER_USER_ID })))).toBe(
      'UPSTREAM_THROTTLED',
    );
    expect(server.counts.token).toBe(1);
    expect(graph.reads).toHaveLength(0);
  });
});

describe('a gateway that asks in its own name', () => {
  it('shows Graph one token for all who bear the role, and reads once for them', async () => {
    const { graph, server, query } = await start('app');
    for (const oid of [USER_ID, OTHER_USER_ID]) {
      const token = await server.mint({ oid, roles: [ROLE] });
      expect(operationIn(await query(ONE_OPERATION, { ref: REF }, token))).toMatchObject({ state: 'RUNNING' });
    }
    expect(graph.reads.map(({ token }) => server.ownerOf(token))).toEqual([{ kind: 'app' }]);
  });

  it('refuses whoever has not the role', async () => {
    const { graph, server, query } = await start('app');
    expect(codeIn(await query(ONE_OPERATION, { ref: REF }, await server.mint()))).toBe('FORBIDDEN');
    expect(graph.reads).toHaveLength(0);
  });
});
