import { GraphError } from '../../src/operation/failure.js';
import { listPath, type OperationHost, type OperationRef } from '../../src/operation/ref.js';
import { isTerminal } from '../../src/operation/state.js';
import { type Seen } from '../../src/poll/seen.js';
import { mostLateMs, type PollTimes } from '../../src/poll/dues.js';
import { type StreamEvent } from '../../src/poll/stream.js';
import { type RecordedRead, type Stage } from './model-graph.js';
import { describeEvent } from './listener.js';
import { createSharedStore } from './shared-store.js';
import { type Action, type Client as ClientPlan, type Plan, type Trouble } from './simulation-plan.js';
import { by, caller, chat, createWorld, noCost, TIMES, team, type World } from './world.js';

/** Long enough for the longest backoff after the last failure, and for the proof that then has to be renewed. */
const CALM_MS = 900_000;
/** Long enough for any check that is still asked for. */
const SILENCE_MS = 200_000;
/** A backoff with its jitter. */
const LONGEST_BACKOFF_MS = 180_000;
/** First reads gather, and an answer takes its time. */
const SLACK_MS = 2_000;
/** One that stands by leaves a check to the other for so long, and looks again so much later where that is at it. */
const STANDBY_MS = 2_000 + 1_250;

/** One subscriber across all its connections. */
interface Client {
  readonly plan: ClientPlan;
  /** What it was told, over all connections, by operation. */
  readonly told: Map<string, Told[]>;
  cursor: string | null;
  connection: Connection | null;
}

interface Told {
  readonly event: Extract<StreamEvent, { change: unknown }>;
  readonly at: number;
}

interface Connection {
  readonly stream: AsyncIterableIterator<StreamEvent>;
  /** Null where single operations are watched. */
  readonly listWatch: ListWatch | null;
  readonly joinedAt: number;
  /** Operations that were ended with an error on this connection. */
  readonly ended: Set<string>;
  /** Events it is still willing to read. */
  appetite: number;
  isReading: boolean;
  isOver: boolean;
}

/** Somebody watches a host's list; `to` is when that is over, epoch ms. */
interface ListWatch {
  readonly scope: string;
  readonly path: string;
  readonly from: number;
  to: number;
}

/** Something that the gateway promised and did not keep. */
export class BrokenPromise extends Error {
  override readonly name = 'BrokenPromise';
}

/**
 * Plays a plan against the coordinator, and checks on the way and at the end all that subscribers, callers and Graph
 * may rely on.
 *
 * @param replicas gateways over one store; whoever comes, or comes back, or asks, is served by the next one in turn
 * @throws {BrokenPromise}
 */
export async function simulate(plan: Plan, replicas = 1): Promise<void> {
  const times: PollTimes = { ...TIMES, proofMs: plan.proofMs };
  let draws = 0;
  const random = (): number => plan.chances[draws++ % plan.chances.length] ?? 0;
  const world = createWorld({
    times,
    random,
    pageSize: plan.pageSize,
    latencyMs: () => Math.floor(plan.latencyMs * random()),
  });
  const shared = createSharedStore(world.clock);
  const gateways = replicas === 1 ? [world] : Array.from({ length: replicas }, () => world.another(shared.join()));
  const simulation = createSimulation(gateways, plan, times);
  for (const action of plan.actions) await simulation.act(action);
  await simulation.end();
}

function createSimulation(gateways: readonly World[], plan: Plan, times: PollTimes) {
  const { clock, graph } = at(gateways, 0);
  let turns = 0;
  const nextGateway = (): World => at(gateways, turns++);
  const startedAt = clock.now();
  const hosts = [team('T'), chat('C')];
  const lives = new Map<string, readonly Stage[]>();
  const refs = plan.lives.map(({ host, moments }, at): OperationRef => {
    const stages = moments.map(({ ms, state }) => ({ at: startedAt + ms, state }));
    const ref = graph.begin(hostAt(hosts, host), `O${at}`, stages);
    lives.set(ref.location, stages);
    return ref;
  });
  const clients = plan.clients.map((each): Client => ({ plan: each, told: new Map(), cursor: null, connection: null }));
  /** A caller's own wish for a list goes up once, though single operations are young. */
  const asked: { readonly scope: string; readonly path: string; readonly at: number }[] = [];

  const listWatches: ListWatch[] = [];

  const ask = (name: string, host: OperationHost): void => {
    asked.push({ scope: name, path: listPath(host), at: clock.now() });
  };

  const watchList = (name: string, host: OperationHost): ListWatch => {
    ask(name, host);
    const listWatch: ListWatch = { scope: name, path: listPath(host), from: clock.now(), to: Infinity };
    listWatches.push(listWatch);
    return listWatch;
  };

  const hear = (client: Client, connection: Connection, event: StreamEvent): void => {
    const now = clock.now();
    if ('ending' in event) {
      if (event.ending.ref === null) for (const { location } of refs) connection.ended.add(location);
      else connection.ended.add(event.ending.ref.location);
      return;
    }
    const { location } = event.change.ref;
    const told = client.told.get(location) ?? [];
    const last = told.at(-1);
    const say = `${client.plan.scope} is told ${describeEvent(event)}`;
    promise(!connection.ended.has(location), `${say} after it has ended`);
    promise(isTrue(event, lives.get(location) ?? [], now), `${say}, which never was`);
    if (last === undefined) promise(event.change.from === null, `${say} first`);
    else if (event.change.reason === 'RESET') promise(event.change.from === null, `${say}, which starts anew`);
    else {
      promise(event.change.reason === 'CHANGED', `${say} after ${describeEvent(last.event)}`);
      promise(event.change.stamp > last.event.change.stamp, `${say} again`);
      const state = last.event.change.operation.state;
      promise(event.change.from === state, `${say} and stood at ${state}`);
    }
    // An event that nobody read at once was told earlier, when the proof was still good.
    const since = client.plan.appetite === Infinity ? now - times.proofMs : -Infinity;
    promise(hasRead(client.plan.scope, location, since, now), `${say} without a proof`);
    client.told.set(location, [...told, { event, at: now }]);
    client.cursor = event.cursor;
  };

  const read = async (client: Client, connection: Connection): Promise<void> => {
    if (connection.isReading || connection.isOver) return;
    connection.isReading = true;
    while (connection.appetite > 0 && !connection.isOver) {
      connection.appetite -= 1;
      const next = await connection.stream.next();
      if (next.done === true) connection.isOver = true;
      else hear(client, connection, next.value);
    }
    connection.isReading = false;
  };
  const failures: unknown[] = [];
  const goOnReading = (client: Client, connection: Connection): void => {
    read(client, connection).catch((error: unknown) => failures.push(error));
  };

  const hasRead = (name: string, location: string, since: number, now: number): boolean =>
    graph.reads.some(
      (each) => each.scope === name && each.covered.includes(location) && each.at > since && each.at <= now,
    );

  const leave = async (client: Client): Promise<void> => {
    const { connection } = client;
    client.connection = null;
    if (connection?.listWatch != null) connection.listWatch.to = clock.now() + times.lingerMs; // it may come back
    await connection?.stream.return?.();
  };

  const join = (client: Client, resumes: boolean): void => {
    const { scope, target, appetite } = client.plan;
    if (!resumes) {
      client.told.clear();
      client.cursor = null;
    }
    const who = caller(scope);
    const listWatch = 'host' in target ? watchList(scope, hostAt(hosts, target.host)) : null;
    const stream =
      'host' in target
        ? nextGateway().coordinator.watchHost(by(who), hostAt(hosts, target.host), () => true, client.cursor)
        : nextGateway().coordinator.watchOperations(by(who), chosen(refs, target.operations), client.cursor);
    const connection: Connection = {
      stream,
      listWatch,
      joinedAt: clock.now(),
      ended: new Set(),
      appetite,
      isReading: false,
      isOver: false,
    };
    client.connection = connection;
    goOnReading(client, connection);
  };

  const query = (name: string, operations: readonly number[]): void => {
    const wanted = chosen(refs, operations);
    const look = async (): Promise<void> => {
      const outcomes = await nextGateway().checks.look(caller(name), wanted, noCost());
      promise(outcomes.length === wanted.length, `${name} is answered for each of ${wanted.length}`);
      for (const outcome of outcomes) if (!(outcome instanceof GraphError)) checkSeen(name, outcome, 'query');
    };
    look().catch((error: unknown) => failures.push(error));
  };

  const checkSeen = (name: string, { ref, held, delayedBy }: Seen, what: string): void => {
    const now = clock.now();
    const say = `the ${what} of ${name} shows ${ref.operationId}`;
    promise(hasRead(name, ref.location, now - times.proofMs, now), `${say} without a proof`);
    const { operation, checkedAt } = held.snapshot;
    const isYoung = isTerminal(operation.state) || checkedAt + times.intervalMs > now;
    promise(isYoung || delayedBy !== null, `${say} as it was long ago, and does not say why`);
  };

  const list = (name: string, host: OperationHost): void => {
    ask(name, host);
    const look = async (): Promise<void> => {
      const page = await nextGateway().checks.lookAtPage(caller(name), host, null, noCost());
      if (page instanceof GraphError) return;
      for (const entry of page.entries) if (!(entry instanceof GraphError)) checkSeen(name, entry, 'list');
    };
    look().catch((error: unknown) => failures.push(error));
  };

  const trouble = ({ of, what, reason }: Trouble, untilAt: number): void => {
    graph.fail(({ scope, path, at }) => {
      if (at >= untilAt || (of !== null && of !== scope)) return null;
      const isList = path.includes('/operations') && !/\/operations\/O\d+$/.test(path);
      const isHit = what === 'all' || (what === 'lists' ? isList : what === 'items' ? !isList : path.includes(what));
      return isHit ? reason : null;
    });
  };

  const act = async (action: Action): Promise<void> => {
    switch (action.do) {
      case 'wait':
        await clock.advance(action.ms);
        break;
      case 'join':
      case 'resume': {
        const client = at(clients, action.client);
        await leave(client);
        join(client, action.do === 'resume');
        break;
      }
      case 'leave':
        await leave(at(clients, action.client));
        break;
      case 'read': {
        const client = at(clients, action.client);
        if (client.connection === null) break;
        client.connection.appetite += action.events;
        goOnReading(client, client.connection);
        break;
      }
      case 'query':
        query(action.scope, action.operations);
        break;
      case 'list':
        list(action.scope, hostAt(hosts, action.host));
        break;
      case 'deny':
        graph.deny(caller(action.scope).scope, hostAt(hosts, action.host), action.reason);
        break;
      case 'trouble':
        trouble(action.trouble, clock.now() + action.ms);
        break;
    }
    if (failures.length > 0) throw failures[0];
  };

  /** Everything calms down, everybody reads what there is, leaves, and is forgotten. */
  const end = async (): Promise<void> => {
    graph.fail(null);
    for (const client of clients) {
      if (client.connection === null) continue;
      client.connection.appetite = Infinity;
      goOnReading(client, client.connection);
    }
    for (let ms = 0; ms < CALM_MS && !clients.every(hasHeardAll); ms += times.intervalMs) {
      await clock.advance(times.intervalMs);
    }
    if (failures.length > 0) throw failures[0];
    for (const client of clients) checkTerminals(client);
    checkFloor(graph.reads, asked, listWatches, times.intervalMs);

    for (const client of clients) await leave(client);
    await clock.advance(times.lingerMs + SLACK_MS);
    const watches = gateways.map(({ coordinator }) => coordinator.watches);
    promise(Math.max(...watches) === 0, 'nothing is watched when nobody is left');
    const reads = graph.reads.length;
    await clock.advance(SILENCE_MS);
    promise(graph.reads.length === reads, 'Graph is left alone when nobody is left');
    for (const { checks, store } of gateways) {
      checks.close();
      await store.close();
    }
    promise(clock.pending === 0, `no timer is left when nobody is left; there are ${clock.pending}`);
    for (const { coordinator } of gateways) await coordinator.stop();
    if (failures.length > 0) throw failures[0];
  };

  const watchedBy = (target: ClientPlan['target']): OperationRef[] =>
    'host' in target
      ? refs.filter(({ host }) => host.location === hostAt(hosts, target.host).location)
      : chosen(refs, target.operations);

  /** Whether a client that is still there was told how everything ended, or why it is told no more. */
  const hasHeardAll = ({ plan: { target }, told, connection }: Client): boolean => {
    if (connection === null || connection.isOver) return true;
    if ('operations' in target) return false;
    return watchedBy(target).every(({ location }) => {
      const last = told.get(location)?.at(-1)?.event.change.operation.state;
      return connection.ended.has(location) || (last !== undefined && isTerminal(last));
    });
  };

  /** Whoever stayed and was not denied has heard of each end once, in time, and then of nothing more. */
  const checkTerminals = ({ plan: { scope, target, appetite }, told, connection }: Client): void => {
    if (connection === null) return;
    const watched = watchedBy(target);
    const failedAts = graph.reads.filter(({ failure }) => failure !== null).map((each) => each.at);
    for (const { location, operationId } of watched) {
      if (connection.ended.has(location)) continue;
      const last = lives.get(location)?.at(-1);
      if (last === undefined) continue;
      const ends = (told.get(location) ?? []).filter(({ event }) => isTerminal(event.change.operation.state));
      const resets = ends.filter(({ event }) => event.change.reason === 'RESET').length;
      promise(ends.length > 0, `${scope} hears of the end of ${operationId}`);
      promise(ends.length - resets <= 1, `${scope} hears of the end of ${operationId} once`);
      if (appetite !== Infinity) continue;
      const sinceAt = Math.max(last.at, connection.joinedAt);
      const heardAt = ends.at(-1)?.at ?? Infinity;
      // A failure before the end may hold back the check after it.
      const heldBack = failedAts.filter((failedAt) => failedAt + LONGEST_BACKOFF_MS > sinceAt && failedAt <= heardAt);
      const fromAt = heldBack.length === 0 ? sinceAt : Math.max(sinceAt, ...heldBack) + LONGEST_BACKOFF_MS;
      const standbyMs = gateways.length > 1 ? STANDBY_MS : 0;
      const limitAt = fromAt + times.intervalMs + mostLateMs(times) + 3 * plan.latencyMs + SLACK_MS + standbyMs;
      promise(heardAt <= limitAt, `${scope} hears of the end of ${operationId} in time: ${heardAt - limitAt} ms late`);
    }
    if ('operations' in target) promise(connection.isOver, `the stream of ${scope} ends with its operations`);
  };

  return { act, end };
}

/**
 * No scope reads an operation twice within the interval, and a list is a read of everything on it. Two lists come early
 * for what is on them: one that a caller asks for, and one of a watched host that has made way for long enough.
 */
function checkFloor(
  reads: readonly RecordedRead[],
  asked: readonly { readonly scope: string; readonly path: string; readonly at: number }[],
  listWatches: readonly ListWatch[],
  intervalMs: number,
): void {
  const lastAt = new Map<string, number>();
  /** Until when further pages of a list that was asked for may follow its first. */
  const exemptUntil = new Map<string, number>();
  const usedAt = new Map<string, number>();
  const listedAt = new Map<string, number>();
  for (const read of [...reads].sort((a, b) => a.startedAt - b.startedAt)) {
    const { scope, path, startedAt } = read;
    const list = `${scope} ${path.split('?')[0] ?? ''}`;
    const tooEarly = (key: string): boolean => (lastAt.get(`${scope} ${key}`) ?? -Infinity) + intervalMs > startedAt;
    promise(!tooEarly(path), `${scope} reads ${path} again after the interval, at ${startedAt}`);
    const isAsked = asked.some(
      (each) =>
        `${each.scope} ${each.path}` === list && each.at <= startedAt && each.at >= (usedAt.get(list) ?? -Infinity),
    );
    const isWatched = listWatches.some(
      (watch) => `${watch.scope} ${watch.path}` === list && watch.from <= startedAt && startedAt <= watch.to,
    );
    const isOverdue =
      isWatched && (listedAt.get(list) ?? Infinity) + intervalMs + mostLateMs({ intervalMs }) <= startedAt;
    const isExempt = read.type === 'page' && (isAsked || isOverdue || (exemptUntil.get(list) ?? 0) > startedAt);
    if (!isExempt) {
      for (const location of read.covered) {
        promise(!tooEarly(location), `${scope} reads ${location} by ${read.type} ${path} after the interval`);
      }
    }
    if (isExempt && read.failure === null) {
      exemptUntil.set(list, startedAt + intervalMs);
      usedAt.set(list, read.at);
    }
    if (read.failure !== null) continue;
    if (read.type === 'page' && !path.includes('?')) listedAt.set(list, read.at); // a list is as old as its first page
    for (const key of [path, ...read.covered]) lastAt.set(`${scope} ${key}`, read.at);
  }
}

/** Whether the operation has stood as the event has it. */
function isTrue({ change }: Extract<StreamEvent, { change: unknown }>, life: readonly Stage[], now: number): boolean {
  const { state, lastActionDateTime } = change.operation;
  return life.some(
    (stage) => stage.state === state && stage.at <= now && new Date(stage.at).toISOString() === lastActionDateTime,
  );
}

function chosen(refs: readonly OperationRef[], operations: readonly number[]): OperationRef[] {
  return operations.flatMap((each) => refs[each % refs.length] ?? []);
}

function hostAt(hosts: readonly OperationHost[], index: number): OperationHost {
  return at(hosts, index);
}

function at<T>(things: readonly T[], index: number): T {
  const thing = things[index % things.length];
  if (thing === undefined) throw new RangeError('a plan has at least one of each');
  return thing;
}

function promise(kept: boolean, what: string): void {
  if (!kept) throw new BrokenPromise(what);
}
