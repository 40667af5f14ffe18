import { execFile } from 'node:child_process';
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClient } from 'graphql-ws';
import {
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getSingularSelector,
  Network,
  Observable,
  RecordSource,
  requestSubscription,
  Store,
  type ConcreteRequest,
  type FetchFunction,
  type GraphQLResponse,
  type OperationType,
  type ReaderFragment,
  type SubscribeFunction,
} from 'relay-runtime';
import { resuming } from '../../src/client/client.js';
import { REF } from '../client/support.js';
import { until } from '../support/until.js';
import { ALL_CHANGES, createStory, socketOptions, startReachable, type Reachable, type WatchData } from './support.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'test-output', `relay-${process.pid}`);
const HOST = { teamId: REF.team.hostId };

/** What relay-compiler makes of the documents. */
interface Artifacts {
  readonly team: ConcreteRequest;
  readonly page: ConcreteRequest;
  readonly refetch: ConcreteRequest;
  readonly watch: ConcreteRequest;
  readonly list: ReaderFragment;
}

interface List {
  readonly operations: {
    readonly edges: readonly { readonly node: { readonly id: string; readonly state: string } }[];
  };
}

function createEnvironment(reachable: Reachable) {
  const { url, authorization } = reachable;
  const socket = resuming(createClient(socketOptions(reachable)));
  const ask: FetchFunction = async ({ text }, variables) => {
    const headers = { 'content-type': 'application/json', authorization };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: text, variables }) });
    return (await response.json()) as GraphQLResponse;
  };
  const watch: SubscribeFunction = ({ text }, variables) =>
    Observable.create((sink) =>
      socket.subscribe(
        { query: text ?? '', variables },
        {
          next: (result) => sink.next(result as GraphQLResponse),
          error: (problem) => sink.error(problem as Error),
          complete: () => sink.complete(),
        },
      ),
    );
  const environment = new Environment({ network: Network.create(ask, watch), store: new Store(new RecordSource()) });
  return { environment, socket };
}

describe('Relay', () => {
  let artifacts: Artifacts;
  beforeAll(async () => {
    await mkdir(join(FOLDER, 'artifacts'), { recursive: true });
    await cp(join(ROOT, 'test/clients/relay'), join(FOLDER, 'src'), { recursive: true });
    await cp(join(ROOT, 'schema/schema.graphql'), join(FOLDER, 'schema.graphql'));
    const options = { src: 'src', schema: 'schema.graphql', artifactDirectory: 'artifacts' };
    const config = { ...options, language: 'javascript', eagerEsModules: true };
    await writeFile(join(FOLDER, 'relay.config.json'), JSON.stringify(config));
    const compiler = [join(ROOT, 'node_modules/relay-compiler/cli.js'), 'relay.config.json'];
    await promisify(execFile)(process.execPath, compiler, { cwd: FOLDER });
    const load = async <T>(name: string): Promise<T> =>
      ((await import(join(FOLDER, 'artifacts', `${name}.graphql.js`))) as { default: T }).default;
    artifacts = {
      team: await load('relayQuery'),
      page: await load('relayPageQuery'),
      refetch: await load('relayRefetchQuery'),
      watch: await load('relaySubscription'),
      list: await load('relayList'),
    };
  });
  afterAll(() => rm(FOLDER, { recursive: true, force: true }));

  it('pages through a connection, and keeps what it has', async () => {
    const reachable = await startReachable();
    const { environment, socket } = createEnvironment(reachable);
    for (const id of ['cloning', 'creating', 'renaming']) reachable.put('notStarted', id);
    const { team, page, list } = artifacts;
    const root = createOperationDescriptor(team, { host: HOST });
    const read = (): List => {
      const { data } = environment.lookup(root.fragment);
      const selector = getSingularSelector(list, data);
      return environment.lookup(selector).data as unknown as List;
    };
    await fetchQuery(environment, team, { host: HOST }).toPromise();
    environment.retain(root);
    expect(read().operations.edges).toHaveLength(2);
    const cursor = cursorIn(environment);
    await fetchQuery<OperationType>(environment, page, { host: HOST, count: 2, cursor }).toPromise();
    const ids = read().operations.edges.map(({ node }) => node.id);
    expect(new Set(ids).size).toBe(4);
    await socket.dispose();
  });

  it('refetches one operation by its id, wherever it was found', async () => {
    const reachable = await startReachable();
    const { environment, socket } = createEnvironment(reachable);
    const { team, refetch } = artifacts;
    await fetchQuery(environment, team, { host: HOST }).toPromise();
    const [id = ''] = operationsIn(environment);
    expect(environment.getStore().getSource().get(id)).toMatchObject({ state: 'NOT_STARTED' });
    reachable.put('succeeded');
    const state = (): unknown => environment.getStore().getSource().get(id)?.['state'];
    while (state() !== 'SUCCEEDED') await fetchQuery(environment, refetch, { id }).toPromise(); // an interval later
    await socket.dispose();
  });

  it('misses nothing and repeats nothing when its connection is lost', async () => {
    const reachable = await startReachable();
    const { hear, told } = createStory(reachable);
    const { environment, socket } = createEnvironment(reachable);
    let isOver = false;
    requestSubscription(environment, {
      subscription: artifacts.watch,
      variables: { refs: [REF] },
      onNext: (data) => hear(data as WatchData),
      onCompleted: () => (isOver = true),
    });
    await until(() => isOver);
    expect(told).toEqual(ALL_CHANGES);
    const [id = ''] = operationsIn(environment);
    expect(environment.getStore().getSource().get(id)).toMatchObject({ state: 'SUCCEEDED', terminal: true });
    await socket.dispose();
  });
});

/** The ids of what is in the store. */
function operationsIn(environment: Environment): string[] {
  return recordsOf(environment).flatMap(([id, { __typename: type }]) => (type === 'TeamsAsyncOperation' ? [id] : []));
}

/** Where the first page ended. */
function cursorIn(environment: Environment): string {
  const [cursor] = recordsOf(environment).flatMap(([, { endCursor }]) =>
    typeof endCursor === 'string' ? [endCursor] : [],
  );
  if (cursor === undefined) throw new Error('The first page has no end.');
  return cursor;
}

function recordsOf(environment: Environment): [id: string, record: Readonly<Record<string, unknown>>][] {
  return Object.entries(environment.getStore().getSource().toJSON());
}
