import { describe, expect, it } from '@jest/globals';
import { globalIdOf } from '../../src/operation/global-id.js';
import { refInHost } from '../../src/operation/location.js';
import { startCountingGraph, type CountingGraph } from '../support/counting-graph.js';
import { advanceUntil, createFakeClock, type FakeClock } from '../support/fake-clock.js';
import { closeAfterTest, startTestGateway, TOKEN, type TestGateway, type Watching } from '../support/gateway.js';
import { openStream } from '../support/sse-client.js';

const STRANGER = 'token-of-a-stranger';
const INTERVAL_MS = 31_000;
const GATHER_MS = 10;
const REF = { team: { hostId: 'sales', operationId: 'archiving' } };
const CHAT_REF = { chat: { hostId: '19:plans@thread.v2', operationId: 'a-b-c' } };
const GUESSED = { team: { hostId: 'sales', operationId: 'guessed' } };
const HOST = { teamId: 'sales' };
const ID = globalIdOf(refInHost('team', 'sales', 'archiving'));

const ALL = `id operationId location state terminal rawStatus createdDateTime lastActionDateTime error { code message }
  freshness { checkedAt ageSeconds nextCheckAt delayedBy } history { from to rawStatus observedAt lastActionDateTime }
  ... on TeamsAsyncOperation { attemptsCount targetResourceId steps { rawStatus } }`;

/** What the first caller holds that somebody might get hold of. */
interface Stolen {
  readonly cursor: string;
  readonly hostCursor: string;
  readonly listCursor: string;
}

/** A gateway before a stranger, who is allowed nothing: either nobody else is there, or somebody uses everything. */
interface Scene {
  readonly clock: FakeClock;
  readonly graph: CountingGraph;
  readonly gateway: TestGateway;
  readonly stolen: Stolen;
  /** Time passes, and what others watch changes. */
  readonly interval: (status: string) => Promise<void>;
}

const NOTHING: Stolen = { cursor: '', hostCursor: '', listCursor: '' };

async function startScene(isUsed: boolean, stolen: Stolen = NOTHING): Promise<Scene> {
  const clock = createFakeClock();
  const graph = closeAfterTest(await startCountingGraph({ pageSize: 1, now: () => clock.now() }));
  graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status: 'notStarted' });
  graph.put({ host: 'team', hostId: 'sales', operationId: 'cloning', status: 'inProgress' });
  graph.put({ host: 'chat', hostId: '19:plans@thread.v2', operationId: 'a-b-c', status: 'inProgress' });
  graph.allow((token) => token !== STRANGER);
  const gateway = await startTestGateway({ graphUrl: graph.url, clock });
  const watching: Watching[] = [];
  let taken = stolen;
  if (isUsed) {
    watching.push(await gateway.watch({ refs: [REF, CHAT_REF] }));
    await clock.advance(GATHER_MS);
    const first = [await watching[0]?.change(), await watching[0]?.change()];
    watching.push(await gateway.watchHost({ host: HOST }));
    await clock.advance(INTERVAL_MS);
    const ofHost = await watching[1]?.change();
    const list = await gateway.query(`{ operations(host: { teamId: "sales" }, first: 1) { pageInfo { endCursor } } }`);
    const { pageInfo } = list.data?.['operations'] as { pageInfo: { endCursor: string } };
    await gateway.query(`{ node(id: "${ID}") { id } }`);
    taken = {
      cursor: first[1]?.cursor ?? '',
      hostCursor: ofHost?.cursor ?? '',
      listCursor: pageInfo.endCursor,
    };
  } else {
    await clock.advance(GATHER_MS);
    await clock.advance(INTERVAL_MS);
  }
  return {
    clock,
    graph,
    gateway,
    stolen: taken,
    async interval(status) {
      graph.put({ host: 'team', hostId: 'sales', operationId: 'archiving', status });
      await clock.advance(INTERVAL_MS);
      for (const each of watching) {
        // Whoever may hear of it does; so it is known in the gateway by now.
        if (each === watching[0]) await each.change();
      }
    },
  };
}

/** Everything that the stranger is told, in its order, but for what is drawn anew each time. */
type Attack = (scene: Scene, say: (text: string) => void) => Promise<void>;

const withoutChance = (text: string): string => text.replaceAll(/"clientRequestId":"[^"]+"/g, '"clientRequestId":"…"');

async function transcriptOf(attack: Attack, scene: Scene): Promise<{ told: readonly string[]; reads: number }> {
  const told: string[] = [];
  await attack(scene, (text) => told.push(withoutChance(text)));
  return { told, reads: scene.graph.reads.filter(({ token }) => token === STRANGER).length };
}

/** A query whose reads take their time on the fake clock too. */
async function ask({ gateway, clock }: Scene, document: string, variables: object = {}): Promise<string> {
  return (await advanceUntil(clock, 0, gateway.query(document, variables, STRANGER))).text;
}

/** Subscribes, and takes what comes until the stream has ended. */
async function listenTo({ clock }: Scene, watching: Watching, say: (text: string) => void): Promise<void> {
  await clock.advance(GATHER_MS);
  for (;;) {
    const message = await watching.socket.next();
    say(JSON.stringify([message.type, message.payload]));
    if (message.type === 'complete' || message.type === 'error') return;
  }
}

/** The same over server-sent events. */
async function listenToEvents(
  { clock, gateway }: Scene,
  field: string,
  variables: object,
  say: (text: string) => void,
  lastEventId?: string,
): Promise<void> {
  const authorization = `Bearer ${STRANGER}`;
  const stream = await openStream(gateway.url, {
    body: {
      query: `subscription ($refs: [OperationRef!]!, $host: OperationHost!, $after: String) {
        ${field} { reason from to cursor operation { ${ALL} } } }`.replace(
        field.includes('$host') ? '$refs: [OperationRef!]!, ' : '$host: OperationHost!, ',
        '',
      ),
      variables,
    },
    headers: { authorization, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) },
  });
  say(await advanceUntil(clock, GATHER_MS, stream.ended));
}

const BY_REFS = 'operationStatusChanged(refs: $refs, after: $after)';
const BY_HOST = 'hostOperationStatusChanged(host: $host, after: $after)';

const ATTACKS: Readonly<Record<string, Attack>> = {
  'the same operation, by all its names': async (scene, say) => {
    for (const [ref, status] of [
      [REF, 'inProgress'],
      [{ id: ID }, 'notStarted'],
      [{ location: "/teams('sales')/operations('archiving')" }, 'inProgress'],
      [CHAT_REF, 'notStarted'],
    ] as const) {
      say(await ask(scene, `query ($ref: OperationRef!) { operation(ref: $ref) { ${ALL} } }`, { ref }));
      await scene.interval(status);
    }
  },
  'one that is not there, and one of a host that nobody has': async (scene, say) => {
    say(await ask(scene, `query ($ref: OperationRef!) { operation(ref: $ref) { ${ALL} } }`, { ref: GUESSED }));
    const nowhere = { team: { hostId: 'nowhere', operationId: 'archiving' } };
    say(await ask(scene, `query ($ref: OperationRef!) { operation(ref: $ref) { ${ALL} } }`, { ref: nowhere }));
  },
  'node and nodes with its global id': async (scene, say) => {
    say(await ask(scene, `{ node(id: "${ID}") { id ... on Operation { ${ALL} } } }`));
    await scene.interval('inProgress');
    say(await ask(scene, `{ nodes(ids: ["${ID}", "${ID}"]) { id ... on Operation { ${ALL} } } }`));
  },
  'many names for it in one document': async (scene, say) => {
    say(
      await ask(
        scene,
        `query ($ref: OperationRef!) {
          a: operation(ref: $ref) { ${ALL} } b: operation(ref: { id: "${ID}" }) { ${ALL} } c: node(id: "${ID}") { id }
          d: nodes(ids: ["${ID}"]) { id }
        }`,
        { ref: REF },
      ),
    );
  },
  'the list of its host, and the page behind a cursor of somebody else': async (scene, say) => {
    const list = `query ($after: String) {
      operations(host: { teamId: "sales" }, first: 5, after: $after) { edges { cursor node { ${ALL} } } pageInfo { hasNextPage endCursor } }
    }`;
    say(await ask(scene, list));
    say(await ask(scene, list, { after: scene.stolen.listCursor }));
    await scene.interval('inProgress');
    say(await ask(scene, list, { after: scene.stolen.listCursor }));
  },
  waitForOperation: async (scene, say) => {
    const asking = scene.gateway.query(
      `query ($ref: OperationRef!) { waitForOperation(ref: $ref, timeoutSeconds: 300) { ${ALL} } }`,
      { ref: REF },
      STRANGER,
    );
    say((await advanceUntil(scene.clock, GATHER_MS, asking)).text);
  },
  'a subscription': async (scene, say) => {
    await listenTo(scene, await scene.gateway.watch({ refs: [REF] }, STRANGER), say);
  },
  'a subscription that comes back with a cursor of somebody else': async (scene, say) => {
    await listenTo(
      scene,
      await scene.gateway.watch({ refs: [REF, CHAT_REF], after: scene.stolen.cursor }, STRANGER),
      say,
    );
  },
  'a subscription of its host, with and without a cursor of somebody else': async (scene, say) => {
    await listenTo(scene, await scene.gateway.watchHost({ host: HOST }, STRANGER), say);
    await scene.interval('inProgress');
    await listenTo(scene, await scene.gateway.watchHost({ host: HOST, after: scene.stolen.hostCursor }, STRANGER), say);
  },
  'a stream of events that comes back with a cursor of somebody else': async (scene, say) => {
    const { cursor, hostCursor } = scene.stolen;
    await listenToEvents(scene, BY_REFS, { refs: [REF] }, say);
    await scene.interval('inProgress');
    await listenToEvents(scene, BY_REFS, { refs: [REF, CHAT_REF], after: cursor }, say);
    await scene.interval('notStarted');
    await listenToEvents(scene, BY_REFS, { refs: [REF, CHAT_REF] }, say, cursor);
    await scene.interval('inProgress');
    await listenToEvents(scene, BY_HOST, { host: HOST }, say, hostCursor);
  },
};

describe('a stranger before somebody else’s operations', () => {
  it.each(Object.entries(ATTACKS))('is told the same as if nobody were there: %s', async (_what, attack) => {
    const used = await startScene(true);
    const told = await transcriptOf(attack, used);
    const alone = await transcriptOf(attack, await startScene(false, used.stolen));

    expect(told.told).not.toEqual([]);
    expect(told).toEqual(alone);
    expect(told.reads).toBeGreaterThan(0); // every answer is Graph's own, to its own token
    expect(told.told.join()).not.toMatch(/NOT_STARTED|RUNNING|notStarted|inProgress/);
  });

  it('is told nothing by asking at the very moment when the owner does', async () => {
    const { gateway, graph } = await startScene(true);
    const document = `query ($ref: OperationRef!) { operation(ref: $ref) { ${ALL} } }`;
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => gateway.query(document, { ref: REF }, at % 2 === 0 ? TOKEN : STRANGER)),
    );
    for (const [at, { text, data }] of answers.entries()) {
      if (at % 2 === 0) expect(data?.['operation']).toMatchObject({ state: 'NOT_STARTED' });
      else {
        expect(text).toContain('FORBIDDEN');
        expect(text).not.toMatch(/NOT_STARTED|notStarted/);
      }
    }
    expect(graph.reads.some(({ token }) => token === STRANGER)).toBe(true);
  });
});
