import { type Change } from './changes.js';
import { type ClientCommands } from './clients/main.js';
import { checkRounds } from './rounds.js';
import { startChild, type Child } from './processes.js';
import { type World } from './world.js';

/** Many clients, in processes of their own. They are those of one server at a time. */
export interface Crowd {
  /** Opens so many sockets besides those that are open. */
  open(url: string, sockets: number): Promise<void>;
  /** The same, of sockets that only listen for so many messages a round. */
  listen(url: string, sockets: number, perRound: number): Promise<void>;
  /** Each of these sockets (all that are open, unless told) watches so many operations more. */
  subscribe(world: World, perSocket: number, sockets?: Range): Promise<void>;
  /** A server tells everybody of its next change, and everybody hears it. @throws {VoidRun} if anybody does not */
  hear(change: Change): Promise<Told>;
  /** The first half of that, where several crowds are to hear one change. @returns the second half */
  expect(revision: number): Promise<(change: Change) => Promise<Told>>;
  /** Closes every socket. @throws {VoidRun} if anything came that should not have */
  close(): Promise<void>;
  stop(): Promise<void>;
}

/** From this socket to before that one, in the order in which they were opened. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Told {
  readonly messages: number;
  /** From the moment in which the server could know of the change to the arrival of each message. */
  readonly latenciesMs: readonly number[];
  /** A message as it came. */
  readonly sample: string;
}

const LIMIT_MS = 120_000;

export async function startCrowd(processes: number): Promise<Crowd> {
  const children = await Promise.all(
    Array.from({ length: processes }, (_, nth) =>
      startChild<ClientCommands>('clients', 'beside', { LOCAL_ADDRESS: `127.0.0.${nth + 2}` }),
    ),
  );
  /** Sockets of each process. */
  let sockets = children.map(() => 0);

  const together = <T>(work: (child: Child<ClientCommands>, nth: number) => Promise<T>): Promise<T[]> =>
    Promise.all(children.map(work));
  const share = (count: number, nth: number): number =>
    Math.floor(count / processes) + (nth < count % processes ? 1 : 0);
  const expect: Crowd['expect'] = async (revision) => {
    await together((child) => child.ask('expect', { revision }));
    return async (change) => {
      const rounds = await together((child) => child.ask('round', { limitMs: LIMIT_MS }));
      checkRounds(rounds, LIMIT_MS);
      const knownAt = await change.knownAt();
      const latenciesMs = rounds.flatMap(({ heardAt, operations }) =>
        Array.from(heardAt, (at, nth) => at - knownAt(operations[nth] ?? 0)),
      );
      return { messages: latenciesMs.length, latenciesMs, sample: rounds[0]?.sample ?? '' };
    };
  };

  return {
    async open(url, count) {
      await together((child, nth) => child.ask('open', { url, sockets: share(count, nth) }));
      sockets = sockets.map((before, nth) => before + share(count, nth));
    },
    async listen(url, count, perRound) {
      await together((child, nth) => child.ask('listen', { url, sockets: share(count, nth), perRound }));
    },
    async subscribe(world, perSocket, range) {
      const shares = sockets.map((all, nth) =>
        range === undefined ? { from: 0, to: all } : { from: share(range.from, nth), to: share(range.to, nth) },
      );
      let before = 0;
      const starts = shares.map(({ from, to }) => (before += to - from) - (to - from));
      const rounds = await together((child, nth) => {
        const { from, to } = shares[nth] ?? { from: 0, to: 0 };
        return child.ask('subscribe', {
          world,
          from,
          to,
          perSocket,
          socketsBefore: (range?.from ?? 0) + (starts[nth] ?? 0),
          limitMs: LIMIT_MS,
        });
      });
      checkRounds(rounds, LIMIT_MS);
    },
    async hear(change) {
      const hearRest = await expect(await change.next());
      await change.begin();
      return hearRest(change);
    },
    expect,
    async close() {
      const faults = await together((child) => child.ask('close', null));
      sockets = children.map(() => 0);
      checkRounds(
        faults.map((each) => ({ missing: 0, faults: each })),
        LIMIT_MS,
      );
    },
    async stop() {
      await together((child) => child.stop());
    },
  };
}
