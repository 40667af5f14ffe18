import { ApolloClient, gql, HttpLink, InMemoryCache, type TypedDocumentNode } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { ApolloLink } from '@apollo/client/link';
import { describe, expect, it } from '@jest/globals';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import { resuming } from '../../src/client/client.js';
import { REF } from '../client/support.js';
import { until } from '../support/until.js';
import {
  ALL_CHANGES,
  createStory,
  socketOptions,
  startReachable,
  WATCH,
  type Reachable,
  type WatchData,
} from './support.js';

const ONE_OPERATION: TypedDocumentNode<OneOperation, { readonly ref: object }> = gql`
  query OneOperation($ref: OperationRef!) {
    operation(ref: $ref) {
      id
      state
      terminal
    }
  }
`;

const WATCHED: TypedDocumentNode<WatchData, { readonly refs: readonly object[] }> = gql(WATCH);

interface OneOperation {
  readonly operation: { readonly id: string; readonly state: string; readonly terminal: boolean } | null;
}

function createApollo(reachable: Reachable) {
  const { url: uri, authorization } = reachable;
  const socket = createClient(socketOptions(reachable));
  const link = ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(resuming(socket)),
    new HttpLink({ uri, headers: { authorization }, fetch: (...request) => fetch(...request) }),
  );
  return { apollo: new ApolloClient({ link, cache: new InMemoryCache() }), socket };
}

describe('Apollo Client', () => {
  it('keeps each operation once, by its id, and what is watched renews what was asked for', async () => {
    const reachable = await startReachable();
    const { apollo, socket } = createApollo(reachable);
    const { data } = await apollo.query({ query: ONE_OPERATION, variables: { ref: REF } });
    const id = data?.operation?.id ?? '';
    expect(apollo.cache.extract()).toHaveProperty([`TeamsAsyncOperation:${id}`], {
      __typename: 'TeamsAsyncOperation',
      id,
      state: 'NOT_STARTED',
      terminal: false,
    });

    const shown: unknown[] = [];
    const query = apollo
      .watchQuery({ query: ONE_OPERATION, variables: { ref: REF } })
      .subscribe((result) => void shown.push(result.data?.operation?.state));
    const watch = apollo.subscribe({ query: WATCHED, variables: { refs: [REF] } }).subscribe(() => undefined);
    await until(() => shown.length === 1);
    reachable.put('succeeded');
    await until(() => shown.length === 2);
    expect(shown).toEqual(['NOT_STARTED', 'SUCCEEDED']);
    query.unsubscribe();
    watch.unsubscribe();
    apollo.stop();
    await socket.dispose();
  });

  it('misses nothing and repeats nothing when its connection is lost', async () => {
    const reachable = await startReachable();
    const { hear, told } = createStory(reachable);
    const { apollo, socket } = createApollo(reachable);
    await new Promise<void>((resolve, reject) => {
      apollo.subscribe({ query: WATCHED, variables: { refs: [REF] } }).subscribe({
        next: ({ data }) => data !== undefined && hear(data),
        error: reject,
        complete: resolve,
      });
    });
    expect(told).toEqual(ALL_CHANGES);
    apollo.stop();
    await socket.dispose();
  });
});
