import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fillVariables } from '../../src/graphiql/fill-variables.js';
import { readRunningOperations, type RunningOperation } from '../../src/graphiql/sandbox.js';
import { DEMO } from '../../src/sandbox/demo.js';
import { startGateway, startGatewayOfGraph, type TestGateway } from '../server/start-gateway.js';

const read = ({ url }: TestGateway): Promise<readonly RunningOperation[] | null> =>
  readRunningOperations({ sandbox: new URL('/sandbox', url), endpoint: new URL('/graphql', url) }, fetch);

describe('the running operations that GraphiQL offers', () => {
  let gateway: TestGateway;
  let offered: readonly RunningOperation[];
  beforeAll(async () => {
    gateway = await startGateway();
    offered = (await read(gateway)) ?? [];
  });
  afterAll(() => gateway.stop());

  it('are those of the teams and chats of the sandbox, with what people call them', () => {
    const named = new Map(offered.map((operation) => [operation.operationId, operation]));
    expect(named.get(DEMO.teamOperationId)).toMatchObject({
      operationType: 'CLONE_TEAM',
      state: 'NOT_STARTED',
      host: { kind: 'team', id: DEMO.teamId, displayName: 'Launch of the autumn catalogue' },
    });
    expect(named.get(DEMO.chatOperationId)).toMatchObject({ host: { kind: 'chat', id: DEMO.chatId } });
    expect(new Set(offered.map(({ host }) => host.id)).size).toBeGreaterThan(2);
    for (const { state } of offered) expect(['NOT_STARTED', 'RUNNING']).toContain(state);
  });

  it('are found by what is written into the variables', async () => {
    const query = 'query Found($ref: OperationRef!) { operation(ref: $ref) { id } }';
    for (const operation of offered.slice(0, 3)) {
      const filling = fillVariables(query, '', operation);
      const variables: unknown = 'problem' in filling ? null : JSON.parse(filling.variables);
      const answer = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      expect(await answer.json()).toMatchObject({ data: { operation: { id: operation.id } } });
    }
  });

  it('are none where another Graph is asked', async () => {
    const other = await startGatewayOfGraph();
    expect(await read(other.gateway)).toBeNull();
    await other.stop();
  });
});
