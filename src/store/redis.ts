import { sleepUntil, type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { type Random } from '../lib/random.js';
import { isJsonObject } from '../operation/json.js';
import { createLocal } from './local.js';
import { createChannels } from './redis-channels.js';
import { databaseOf } from './redis-clients.js';
import { createSharedLeases } from './redis-leases.js';
import { createLink, NOT_AS_IT_SHOULD, type Ask, type LinkHealth } from './redis-link.js';
import { createNames } from './redis-names.js';
import { createSharedProofs } from './redis-proofs.js';
import { GREET } from './redis-scripts.js';
import { createSessions } from './redis-session.js';
import { createSharedSnapshots } from './redis-snapshots.js';
import { createRedisTime } from './redis-time.js';
import { createStamps } from './stamps.js';

export interface RedisStoreOptions {
  /** `redis://` or `rediss://`; several are nodes of one cluster, and one may be. */
  readonly urls: readonly string[];
  /** Certificates that TLS trusts instead of the well-known ones, as PEM. */
  readonly ca?: string;
  /** Gateways with different ones share nothing: it should tell which Graph they ask. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly intervalMs: number;
}

type Notice = Readonly<Record<string, unknown>>;
export type RedisStore = Awaited<ReturnType<typeof openRedisStore>>;

/** A replica that has not greeted for so long is none any more. */
const ALIVE_MS = 15_000;
/** How far a clock of Redis may go on between two greetings without our knowing. */
const AHEAD_MS = 1_000;
/** How long the end waits for Redis. */
const FAREWELL_MS = 1_000;
/** Between the rest and its end more may come; nobody writes so quickly that it never ends. */
const MAX_ROUNDS = 100;

/**
 * The store that replicas share. It never rejects because Redis is away: this process then goes on alone, from all that it
 * knows itself, and joins the others when Redis is there again.
 */
export async function openRedisStore(options: RedisStoreOptions) {
  const { urls, ca, namespace, clock, random, log, intervalMs } = options;
  const processId = Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(36)).join('');
  const local = createLocal(clock, log);
  const time = createRedisTime(clock);
  const stamps = createStamps(() => time.now());
  const names = createNames(namespace, databaseOf(urls));
  const hearers = new Map<string, ((notice: Notice) => void)[]>();
  const echoes = new Map<string, () => void>();
  let greetings = 0;
  let replicas = 1;

  const greet = async (ask: Ask): Promise<string | null> => {
    const greeting = String((greetings += 1));
    const echo = new Promise<true>((resolve) => void echoes.set(greeting, () => resolve(true)));
    const sentAt = clock.now();
    const args = [processId, String(ALIVE_MS), names.echoOf(processId), greeting, String(stamps.last)];
    const [answer, isHeard] = await Promise.all([
      ask((session) => session.run(GREET, [names.replicas, names.lastStamp], args)).then((reply) => {
        if (Array.isArray(reply)) time.compare(sentAt, Number(reply[0]) / 1_000, clock.now());
        return reply;
      }),
      ask(() => echo),
    ]);
    echoes.delete(greeting);
    if (!Array.isArray(answer) || isHeard !== true) return NOT_AS_IT_SHOULD;
    const lastStamp = Number(answer[1]);
    if (time.isStamp(lastStamp)) stamps.see(lastStamp);
    replicas = Math.max(1, Number(answer[2]));
    // Who has forgotten this process has forgotten the rest too: what is held here is brought back.
    return link.isUp && answer[3] === 1 ? 'it has forgotten this process' : null;
  };

  /** First hears, then looks; and what happens here meanwhile is brought along, until nothing is left. */
  const join = async (ask: Ask, rise: () => void): Promise<void> => {
    if (!(await channels.subscribeAll(ask)) || (await greet(ask)) !== null) return;
    if (!(await leases.join(ask)) || !(await proofs.join(ask)) || !(await snapshots.join(ask))) return;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      if (channels.isComplete && leases.isSaved && proofs.isSaved && snapshots.isSaved) {
        rise();
        snapshots.tellJoined();
        return;
      }
      if (!(await channels.subscribeAll(ask)) || !(await leases.saveRest(ask))) return;
      if (!(await proofs.saveRest(ask)) || !(await snapshots.saveRest(ask))) return;
    }
  };

  const link = createLink({
    openSession: createSessions({ urls, ...(ca !== undefined && { ca }) }),
    onMessage: (message, channel) => {
      const location = names.locationOf(channel);
      if (location !== null) snapshots.hear(location, message);
      else if (channel === names.echoOf(processId)) echoes.get(message)?.();
      else hearNotice(channel, message);
    },
    join,
    greet,
    onLost: () => channels.forget(),
    address: urls.map((url) => new URL(url).host).join(','),
    clock,
    log,
  });
  const channels = createChannels(link.ask);
  const snapshots = createSharedSnapshots({ local, link, channels, names, time, stamps, processId, intervalMs });
  const proofs = createSharedProofs({ local, link, names, time });
  const leases = createSharedLeases({ local, link, names, clock, processId });

  const hearNotice = (channel: string, message: string): void => {
    const end = message.indexOf(' ');
    if (message.slice(0, end) === processId) return;
    const notice = parseNotice(message.slice(end + 1));
    if (notice !== null) for (const hearer of hearers.get(channel) ?? []) hearer(notice);
  };

  channels.add(names.echoOf(processId));
  await link.open();

  return {
    snapshots: snapshots.snapshots,
    bus: snapshots.bus,
    proofs: proofs.proofs,
    pages: proofs.pages,
    leases: leases.leases,
    notices: {
      tell(topic: string, notice: Notice): void {
        const message = `${processId} ${JSON.stringify(notice)}`;
        void link.ask((session) => session.publish(names.noticesOf(topic), message).then(() => true));
      },
      hear(topic: string, hearer: (notice: Notice) => void): void {
        const channel = names.noticesOf(topic);
        const known = hearers.get(channel);
        if (known === undefined) channels.add(channel);
        hearers.set(channel, [...(known ?? []), hearer]);
      },
    },
    replicas: () => replicas,
    latestStamp: () => Math.max(stamps.last, (time.now() + AHEAD_MS) * 1_000),
    isReady: () => link.isUp,
    health: (): LinkHealth => link.health,
    async close(): Promise<void> {
      const isOver = new AbortController();
      const farewell = Promise.all([
        leases.giveUp(),
        link.ask((session) => session.remove(names.replicas, processId).then(() => true)),
      ]);
      await Promise.race([farewell, sleepUntil(clock, clock.now() + FAREWELL_MS, isOver.signal)]);
      isOver.abort();
      link.close();
      leases.clear();
      local.clear();
    },
  };
}

/** It comes from another process: of what is in it nothing is known. */
function parseNotice(text: string): Notice | null {
  try {
    const notice: unknown = JSON.parse(text);
    return isJsonObject(notice) ? notice : null;
  } catch {
    return null; // Not of a gateway.
  }
}
