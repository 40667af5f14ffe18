import { expect } from '@jest/globals';
import { type Received } from '../graph/raw-graph.js';
import { createFakeClock, type FakeClock } from '../support/fake-clock.js';
import {
  closeAfterTest,
  startTestGateway,
  type GraphQLAnswer,
  type TestGateway,
  type Watching,
} from '../support/gateway.js';
import { startHostileGraph, tokenOf, type Attack, type Places } from '../support/hostile-graph.js';
import { type Asking } from './attacks-on-requests.js';

const HONEST_TOKEN = 'token-of-a-caller-who-is-served-all-the-same';

/** One gateway that meets one attack after the other, as it would; it has to be none the worse for any. */
export interface Siege {
  readonly gateway: TestGateway;
  readonly clock: FakeClock;
  /** Answers a new caller like this, and nobody else. Rightly until it is told, where none is given. */
  readonly begin: (attack?: Attack) => Assault;
}

/**
 * One attack on one caller: a token, and teams, that no attack before had. What that one left behind in the gateway, such as
 * a pause or a proof, is not what this one meets.
 */
export interface Assault {
  readonly places: Places;
  /** Of the attacked caller. */
  readonly token: string;
  readonly listedTeam: string;
  attack(attack: Attack): void;
  /** What the attacked caller hears. */
  ask(asking: Asking): Promise<GraphQLAnswer>;
  watch(): Promise<Watching>;
  watchList(): Promise<Watching>;
  /** Somebody else watches an operation of the same id, in a team that nobody else asks for. */
  watchAsAnother(): Promise<Watching>;
  /** Somebody else asks for something that nobody asked for yet, and is served. */
  serveOthers(): Promise<void>;
  /** What Graph was asked in the attacked caller's name. */
  attacked(): readonly Received[];
  /** Resolves when Graph has been asked so often since the beginning, by anybody. */
  arrived(count: number): Promise<void>;
  /** So often until now. */
  received(): number;
  /** Nobody but Graph has heard of the gateway, and no word of it tells a token. */
  seeThatNothingLeaked(...answers: readonly GraphQLAnswer[]): void;
}

/** An error that the gateway logs as its own fails the test: see test/support/gateway.ts. */
export async function besiege(): Promise<Siege> {
  const clock = createFakeClock();
  const graph = closeAfterTest(await startHostileGraph());
  const gateway = await startTestGateway({ graphUrl: graph.url.origin, clock, random: () => 0 });
  await graph.arrived(1); // the gateway's own, at its start
  const { query, watch, watchHost, log } = gateway;
  let assaults = 0;
  let others = 0;

  const begin = (first?: Attack): Assault => {
    const nth = ++assaults;
    const token = `token-that-graph-would-like-to-see-elsewhere-${nth}`;
    const [asked, logged] = [graph.received.length, log.length];
    const attack = (next: Attack): void => graph.attack(token, next);
    if (first !== undefined) attack(first);
    const listedTeam = `hostile-list-${nth}`;
    const inTeam = (name: string): object => ({ hostId: `${name}-${nth}`, operationId: 'operation-0' });
    const received = (): readonly Received[] => graph.received.slice(asked);
    return {
      places: graph.places,
      token,
      listedTeam,
      attack,
      ask(asking) {
        if (asking === 'list') return query(LIST, { teamId: listedTeam }, token);
        return asking === 'item'
          ? query(ITEM, { team: inTeam('hostile-item') }, token)
          : query(BATCH, { a: inTeam('hostile-a'), b: inTeam('hostile-b') }, token);
      },
      watch: () => watch({ refs: [{ team: inTeam('hostile-watched') }] }, token),
      watchList: () => watchHost({ host: { teamId: listedTeam } }, token),
      watchAsAnother: () => watch({ refs: [{ team: inTeam('honest-watched') }] }, HONEST_TOKEN),
      async serveOthers() {
        const operationId = `honest-${++others}`;
        const served = await query(ITEM, { team: { hostId: 'honest-team', operationId } }, HONEST_TOKEN);
        expect(served).toMatchObject({
          status: 200,
          data: { operation: { operationId, state: 'RUNNING' } },
          errors: [],
        });
      },
      attacked: () => received().filter((request) => tokenOf(request) === token),
      arrived: (count) => graph.arrived(asked + count),
      received: () => received().length,
      seeThatNothingLeaked(...answers) {
        expect(graph.stolen()).toBe(0);
        expect(received().filter(({ headers }) => 'cookie' in headers)).toEqual([]);
        const said = [...answers.map(({ text }) => text), JSON.stringify(log.slice(logged))].join('\n');
        for (const secret of [token, HONEST_TOKEN]) expect(said).not.toContain(secret);
      },
    };
  };
  return { gateway, clock, begin };
}

const FIELDS = `
  __typename id operationId location state terminal rawStatus createdDateTime lastActionDateTime
  error { code message }
  freshness { checkedAt ageSeconds nextCheckAt delayedBy }
  history { from to rawStatus observedAt lastActionDateTime }
  ... on TeamsAsyncOperation {
    operationType rawOperationType status attemptsCount targetResourceId targetResourceLocation
    steps { type reference index state rawStatus updateTimestamp }
  }
`;
const ITEM = `query ($team: OperationInHost!) { operation(ref: { team: $team }) { ${FIELDS} } }`;
const LIST = `query ($teamId: ID!, $after: String) {
  operations(host: { teamId: $teamId }, first: 100, after: $after) {
    edges { cursor node { ${FIELDS} } } pageInfo { hasNextPage endCursor }
  }
}`;
const BATCH = `query ($a: OperationInHost!, $b: OperationInHost!) {
  a: operation(ref: { team: $a }) { ${FIELDS} }
  b: operation(ref: { team: $b }) { ${FIELDS} }
}`;
