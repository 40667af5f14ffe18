import { describe, expect, it } from '@jest/globals';
import { ClientError, GraphQLClient } from 'graphql-request';
import { REF } from '../client/support.js';
import { startReachable } from './support.js';

const WAIT = `query Wait($ref: OperationRef!, $timeoutSeconds: Int) {
  waitForOperation(ref: $ref, timeoutSeconds: $timeoutSeconds) { state terminal }
}`;

describe('graphql-request', () => {
  it('waits for an operation with one request', async () => {
    const { url, authorization, put, graph } = await startReachable();
    const client = new GraphQLClient(url, { headers: { authorization } });
    const answer = client.request(WAIT, { ref: REF, timeoutSeconds: 60 });
    await graph.until(() => graph.reads.length > 0);
    put('succeeded');
    expect(await answer).toEqual({ waitForOperation: { state: 'SUCCEEDED', terminal: true } });
  });

  it('tells what is wrong by its code', async () => {
    const { url } = await startReachable();
    const answer = new GraphQLClient(url).request(WAIT, { ref: REF });
    await expect(answer).rejects.toBeInstanceOf(ClientError);
    await expect(answer).rejects.toMatchObject({
      response: { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] },
    });
  });
});
