import { type TypedDocumentNode } from '@graphql-typed-document-node/core';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { print } from 'graphql';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { DEMO } from '../../src/sandbox/demo.js';
import {
  ListOperationsDocument,
  OneOperationDocument,
  WatchOperationDocument,
  WatchTeamDocument,
  type OperationState,
  type WatchOperationSubscriptionVariables,
} from '../generated/documents.js';
import { sandboxOf, startGateway, type TestGateway } from '../server/start-gateway.js';

/** A front end of two functions: what goes in and what comes out has the types that codegen read from the schema. */
interface FrontEnd {
  ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables): Promise<Data>;
  watch<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): AsyncIterable<Data>;
}

const STATE_MS = 120_000;
const LIFE = { startsAfterMs: STATE_MS, succeedsAfterMs: 2 * STATE_MS } as const;
const team = { hostId: DEMO.teamId, operationId: DEMO.teamOperationId };

describe("codegen's typed documents", () => {
  let gateway: TestGateway;
  let client: Client;
  let frontEnd: FrontEnd;
  let connections = 0;

  let aheadMs = 0;
  /** The machine's time, which a test sets forward: an operation waits for it, however busy the machine is. */
  const clock: Clock = {
    now: () => systemClock.now() + aheadMs,
    wakeAt: (at, wake) => systemClock.wakeAt(at - aheadMs, wake),
  };

  beforeAll(async () => {
    gateway = await startGateway({}, { clock });
    client = createClient({
      url: `${gateway.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: () => ({ authorization: 'Bearer sandbox-token' }),
      retryWait: () => Promise.resolve(),
      on: { connected: () => (connections += 1) },
    });
    frontEnd = createFrontEnd(gateway.url, client);
  });
  afterAll(async () => {
    await client.dispose();
    await gateway.stop();
  });

  it('give a query its variables and its answer', async () => {
    const { operation } = await frontEnd.ask(OneOperationDocument, {
      teamId: team.hostId,
      operationId: team.operationId,
    });

    expect(operation?.operationId).toBe(DEMO.teamOperationId);
    expect(operation?.operationType).toBe('CLONE_TEAM');
    expect(operation?.steps.map(({ type }) => type)).toContain('CHANNEL');
    expect(operation?.createdDateTime).toMatch(/\.\d{7}Z$/);
  });

  it('lead a list from page to page', async () => {
    const first = await frontEnd.ask(ListOperationsDocument, { teamId: team.hostId, first: 1 });
    const after = first.operations.pageInfo.endCursor;
    const second = await frontEnd.ask(ListOperationsDocument, { teamId: team.hostId, first: 1, after });

    const [[one], [other]] = [first.operations.edges, second.operations.edges];
    expect(one?.node?.id).toEqual(expect.any(String));
    expect(other?.node?.id).not.toBe(one?.node?.id);
  });

  it('bring a subscription the state now', async () => {
    const { location } = sandboxOf(gateway).begin({ operationType: 'cloneTeam', life: LIFE });
    for await (const { operationStatusChanged: event } of frontEnd.watch(WatchOperationDocument, {
      refs: [{ location }],
    })) {
      const to: OperationState = event.to;
      expect([event.reason, event.from, to]).toEqual(['SNAPSHOT', null, 'NOT_STARTED']);
      expect(event.operation.operationType).toBe('CLONE_TEAM');
      break;
    }
  });

  it('go on where they stood when the connection was lost, as the README has it', async () => {
    const connectionsBefore = connections;
    const { location } = sandboxOf(gateway).begin({ hostId: DEMO.teamId, life: LIFE });
    const variables: WatchOperationSubscriptionVariables = { refs: [{ location }] };
    const seen: string[] = [];
    for await (const { operationStatusChanged: event } of frontEnd.watch(WatchOperationDocument, variables)) {
      variables.after = event.cursor;
      if (seen.length === 0) client.terminate();
      aheadMs += STATE_MS;
      seen.push(`${event.reason} ${event.to}`);
    }

    expect(connections).toBe(connectionsBefore + 2);
    expect([seen.at(0), seen.at(-1)]).toEqual(['SNAPSHOT NOT_STARTED', 'CHANGED SUCCEEDED']);
    expect(seen.slice(1).every((event) => event.startsWith('CHANGED'))).toBe(true);
  });

  it('bring what begins in a team while it is watched', async () => {
    let begun: string | undefined;
    const events = frontEnd.watch(WatchTeamDocument, { teamId: DEMO.teamId });
    for await (const { hostOperationStatusChanged: event } of events) {
      begun ??= sandboxOf(gateway).begin({
        hostId: DEMO.teamId,
        operationType: 'archiveTeam',
        life: LIFE,
      }).operationId;
      if (event.operation.operationId !== begun) continue;
      expect(event).toMatchObject({ from: null, to: 'NOT_STARTED', operation: { operationType: 'ARCHIVE_TEAM' } });
      break;
    }
    expect(begun).toBeDefined();
  });
});

function createFrontEnd(url: string, client: Client): FrontEnd {
  return {
    async ask<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer sandbox-token' },
        body: JSON.stringify({ query: print(document), variables }),
      });
      const answer = (await response.json()) as { data: Data; errors?: unknown };
      if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
      return answer.data;
    },
    async *watch<Data, Variables extends Record<string, unknown>>(
      document: TypedDocumentNode<Data, Variables>,
      variables: Variables,
    ) {
      for await (const { data, errors } of client.iterate<Data>({ query: print(document), variables })) {
        if (data == null) throw new Error(JSON.stringify(errors));
        yield data;
      }
    },
  };
}
