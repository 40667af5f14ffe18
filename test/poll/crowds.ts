import fc from 'fast-check';
import { listen, type Listener } from './listener.js';
import { createSharedStore, type SharedStoreView } from './shared-store.js';
import { by, caller, chat, createWorld, team, type World } from './world.js';

/** The hosts of ten operations. */
const HOSTS = ['K', 'K', 'K', 'K', 'L', 'L', 'L'].map(team).concat(['M', 'M', 'M'].map(chat));
export const MOST_REPLICAS = 4;

/** Who watches what, and where that comes to be. */
export interface Subscriber {
  readonly operation: number;
  readonly token: number;
  readonly replica: number;
  /** After the one before. */
  readonly joinsAfterMs: number;
}

export interface Crowd {
  readonly subscribers: readonly Subscriber[];
  readonly tokens: number;
  readonly latencyMs: number;
  readonly pageSize: number;
}

export const crowds: fc.Arbitrary<Crowd> = fc.record({
  subscribers: fc.array(
    fc.record({
      operation: fc.nat(HOSTS.length - 1),
      token: fc.nat(4),
      replica: fc.nat(MOST_REPLICAS - 1),
      joinsAfterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
    }),
    { minLength: 2, maxLength: 24 },
  ),
  tokens: fc.constantFrom(1, 2, 5),
  latencyMs: fc.constantFrom(0, 50),
  pageSize: fc.constantFrom(100, 100, 2),
});

/** One of several, which can die. */
export interface Gateway extends World {
  readonly view: SharedStoreView;
}

/** A subscriber that has come. */
export interface Seated {
  readonly location: string;
  readonly gateway: Gateway;
  readonly heard: Listener;
  readonly joinedAt: number;
}

/** So many gateways over one store and one Graph, and a way to seat a crowd there, in its own time. */
export function openTo(crowd: Crowd, replicas: number, proofMs: number) {
  const { latencyMs, pageSize, subscribers, tokens } = crowd;
  const world = createWorld({ latencyMs: () => latencyMs, pageSize, times: { proofMs } });
  const { clock, graph, life } = world;
  const shared = createSharedStore(clock);
  const gateways = Array.from({ length: replicas }, (): Gateway => {
    const view = shared.join();
    return { ...world.another(view), view };
  });
  const refs = HOSTS.map((host, at) => graph.begin(host, `O${at}`, life(0, 'RUNNING')));

  const seatAll = async (): Promise<readonly Seated[]> => {
    const seated: Seated[] = [];
    for (const { operation, token, replica, joinsAfterMs } of subscribers) {
      await clock.advance(joinsAfterMs);
      const gateway = gateways[replica % replicas];
      const ref = refs[operation];
      if (gateway === undefined || ref === undefined) continue;
      const heard = listen(gateway.coordinator.watchOperations(by(caller(`caller ${token % tokens}`)), [ref], null));
      seated.push({ location: ref.location, gateway, heard, joinedAt: clock.now() });
    }
    return seated;
  };
  return { clock, graph, shared, gateways, refs, seatAll };
}
