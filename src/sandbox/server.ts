import { once as onceEvent } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type Clock } from '../lib/clock.js';
import { silentLog, type Log } from '../lib/log.js';
import { once } from '../lib/once.js';
import { type Random } from '../lib/random.js';
import { begin, type BeginningSomewhere, type Begun } from './beginning.js';
import { answerControl } from './control.js';
import { DEMO_USER, SANDBOX_TOKEN, seedDemo } from './demo.js';
import { createFaults, type Planned } from './faults.js';
import { createGraph } from './graph.js';
import { chatThreadId, guid } from './ids.js';
import { createLedger, type SeenRead } from './ledger.js';
import { type Limits } from './limits.js';
import { type Life } from './lives.js';
import { type User } from './people.js';
import { UnknownHost, type Host, type HostKind } from './tenant.js';
import { receive, receivedWith, send, type Received } from './wire.js';
import { createWorld } from './world.js';

/** A Microsoft Graph small enough to live in a process, over real HTTP. It knows nothing of who calls it. */
export interface Sandbox {
  /** The root without a version and without a slash at its end. */
  readonly url: string;
  /** A token that is good from the start, and the user it leads to. */
  readonly demoToken: string;
  readonly demoUser: User;

  /** Lets a user in with this token; a new user unless one is given. */
  addToken(token: string, user?: User): User;
  /** From now on 401: the token has expired. */
  expire(token: string): void;
  /** From now on 401: the token is good only for who comes back with these claims, a JSON text. */
  challenge(token: string, claims: string): void;

  /** @returns its id. Its only member is the demo's user unless told. */
  addTeam(team?: NewPlace): string;
  addChat(chat?: NewPlace): string;
  addMember(hostId: string, userId: string): void;
  /** Takes a member out: from now on 403. */
  revoke(hostId: string, userId: string): void;

  /** Begins an operation, as a request of somebody else's would. */
  begin(beginning?: BeginningSomewhere): Begun;

  /** Plans a fault. @returns a way to take it back */
  fail(planned: Planned): () => void;
  clearFaults(): void;
  pendingFaults(): readonly Planned[];

  /** What was asked for, oldest first, parts of batches one by one; the last 20 000 of it. */
  reads(): readonly SeenRead[];
  /** How many HTTP requests came to Graph in all, and how many things they asked for. */
  counts(): { readonly requests: number; readonly reads: number };

  /**
   * Answers a request that came to another server of this process and was read there, as if it had come here. It does
   * not count among those that Graph's limits are about: what comes by another way throttles nobody here.
   *
   * @param as in whose name it is made, for which path of Graph's, and with which body
   */
  serve(
    incoming: IncomingMessage,
    response: ServerResponse,
    as: { readonly url: string; readonly token: string; readonly body: string },
  ): void;

  /** Ends every connection, also those that hang. */
  close(): Promise<void>;
}

export interface NewPlace {
  readonly id?: string;
  readonly displayName?: string;
  /** Ids of users. */
  readonly members?: Iterable<string>;
}

export interface SandboxOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** 0, the default, is a free port. */
  readonly port?: number;
  /** Only this machine unless told. */
  readonly host?: string;
  /** Entries of a list per page; 20 unless told. */
  readonly pageSize?: number;
  /** Graph's own unless told. */
  readonly limits?: Partial<Limits> | 'none';
  /** Whether `/sandbox` is served: faults and operations on demand over HTTP. */
  readonly control?: boolean;
  /** Whether there are teams and chats in which something goes on. */
  readonly demo?: boolean;
  /** How long a newly started operation answers 404; 0 unless told. */
  readonly invisibleForMs?: number;
  /** How far the read of a single chat operation lags behind the list; 0 unless told. */
  readonly chatItemLagMs?: number;
  /** The life of an operation that a request starts; 20 to 90 s with a good or a bad end unless told. */
  readonly life?: Life;
  readonly log?: Log;
}

/** Rejects when the port cannot be had. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { clock, random, log = silentLog, host = '127.0.0.1', port = 0 } = options;
  const world = createWorld(options);
  const { people, tenant } = world;
  const faults = createFaults();
  const ledger = createLedger();
  const graph = createGraph(world, faults, ledger);
  const refresh = options.demo === true ? seedDemo(world, clock.now()) : () => undefined;
  people.addToken(SANDBOX_TOKEN, DEMO_USER);

  let requests = 0;
  const answer = (request: Received, response: ServerResponse): void => {
    const now = clock.now();
    refresh(now);
    const own = options.control === true ? answerControl(request, sandbox) : null;
    const given = own ?? graph.answer({ ...request, number: ++requests }, now);
    log.debug({ method: request.method, status: given.status, wire: given.wire }, 'sandbox answered');
    send(response, given);
  };
  const serve = (received: Received | null, response: ServerResponse): void => {
    try {
      if (received === null) response.destroy();
      else answer(received, response);
    } catch (error) {
      log.error({ err: error }, 'sandbox failed');
      response.destroy();
    }
  };
  const server = createServer((incoming, response) => {
    void receive(incoming).then((received) => serve(received, response));
  });
  // Longer than clients keep a connection, so that none is closed under a request that is just being sent.
  server.keepAliveTimeout = 65_000;
  server.listen(port, host);
  await onceEvent(server, 'listening');

  const addPlace = (kind: HostKind, { id, displayName, members }: NewPlace = {}): string =>
    tenant.addHost({
      kind,
      id: id ?? (kind === 'team' ? guid(random) : chatThreadId(random)),
      displayName: displayName ?? `A ${kind}`,
      createdAt: clock.now(),
      members: members ?? [DEMO_USER.id],
    }).id;
  const findHost = (id: string): Host => {
    const found = tenant.anyHost(id);
    if (found === undefined) throw new UnknownHost(id);
    return found;
  };

  const sandbox: Sandbox = {
    url: urlOf(server, host),
    demoToken: SANDBOX_TOKEN,
    demoUser: DEMO_USER,
    addToken(token, user = newUser(random)) {
      people.addToken(token, user);
      return user;
    },
    expire: (token) => people.expire(token),
    challenge: (token, claims) => people.challenge(token, claims),
    addTeam: (team) => addPlace('team', team),
    addChat: (chat) => addPlace('chat', chat),
    addMember: (hostId, userId) => void findHost(hostId).members.add(userId),
    revoke: (hostId, userId) => void findHost(hostId).members.delete(userId),
    begin({ hostId, ...beginning } = {}) {
      const kind = beginning.operationType === 'createChat' ? 'chat' : 'team';
      return begin(world, findHost(hostId ?? addPlace(kind)), beginning, clock.now());
    },
    fail: (planned) => faults.plan(planned),
    clearFaults: () => faults.clear(),
    pendingFaults: () => faults.pending(),
    reads: () => ledger.reads(),
    counts: () => ({ requests, reads: ledger.count() }),
    serve(incoming, response, { url, token, body }) {
      const request = receivedWith(incoming, body);
      const headers = { ...request.headers, authorization: `Bearer ${token}` };
      serve({ ...request, url, headers, isUncounted: true }, response);
    },
    close: once(async () => {
      const closed = onceEvent(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    }),
  };
  return sandbox;
}

function newUser(random: Random): User {
  const id = guid(random);
  return { id, displayName: `User ${id.slice(0, 8)}`, userPrincipalName: `${id.slice(0, 8)}@sandbox.example` };
}

/** Where it can be reached from this machine: an address that stands for all of them is no address to call. */
function urlOf(server: Server, host: string): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox does not listen on a port.');
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${address.port}`;
}
