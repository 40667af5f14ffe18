import { describe, expect, it } from '@jest/globals';
import { Client, cacheExchange, fetchExchange, gql, subscriptionExchange } from '@urql/core';
import { createClient } from 'graphql-ws';
import { resuming } from '../../src/client/client.js';
import { REF } from '../client/support.js';
import {
  ALL_CHANGES,
  createStory,
  socketOptions,
  startReachable,
  WATCH,
  type Reachable,
  type WatchData,
} from './support.js';

function createUrql(reachable: Reachable) {
  const { url, authorization } = reachable;
  const socket = resuming(createClient(socketOptions(reachable)));
  const urql = new Client({
    url,
    preferGetMethod: false,
    fetch: (...request) => fetch(...request),
    fetchOptions: { headers: { authorization } },
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', variables = {} }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe(
              { query, variables },
              {
                next: ({ data = null, errors }) => sink.next({ data, ...(errors !== undefined && { errors }) }),
                error: (problem) => sink.error(problem),
                complete: () => sink.complete(),
              },
            ),
          }),
        }),
      }),
    ],
  });
  return { urql, socket };
}

describe('urql', () => {
  it('asks, and tells what is wrong by its code', async () => {
    const reachable = await startReachable();
    const { urql, socket } = createUrql(reachable);
    const query = gql`
      query OneOperation($ref: OperationRef!) {
        operation(ref: $ref) {
          state
        }
      }
    `;
    const answer = await urql.query<object>(query, { ref: REF }).toPromise();
    expect(answer.data).toMatchObject({ operation: { state: 'NOT_STARTED' } });
    const { error } = await urql.query(query, { ref: { location: 'nowhere' } }).toPromise();
    expect(error?.graphQLErrors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
    await socket.dispose();
  });

  it('misses nothing and repeats nothing when its connection is lost', async () => {
    const reachable = await startReachable();
    const { hear, told } = createStory(reachable);
    const { urql, socket } = createUrql(reachable);
    await new Promise<void>((resolve) => {
      urql.subscription<WatchData>(gql(WATCH), { refs: [REF] }).subscribe(({ data, hasNext }) => {
        if (data !== undefined && hasNext) hear(data);
        if (!hasNext) resolve();
      });
    });
    expect(told).toEqual(ALL_CHANGES);
    await socket.dispose();
  });
});
