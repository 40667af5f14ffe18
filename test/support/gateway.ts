import { afterAll, afterEach } from '@jest/globals';
import { Pool } from 'undici';
import { startApp, type App } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import { systemClock, type Clock } from '../../src/lib/clock.js';
import { type Log } from '../../src/lib/log.js';
import { systemRandom, type Random } from '../../src/lib/random.js';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.js';
import { hearLogLine } from './secrets-log.js';
import { heard, secret, secretIn } from './secrets.js';
import { openSocket, type RawSocket, type SocketMessage } from './ws-client.js';

/** A gateway on a free port, spoken to over real sockets. */
export interface TestGateway {
  readonly app: App;
  readonly url: string;
  /** Everything it logged, oldest first. */
  readonly log: readonly LogLine[];
  /** Resolves when so many lines of this event have been logged in all; `check` is one per read that was answered. */
  readonly logged: (event: string, count: number) => Promise<void>;
  /** GraphQL over HTTP. */
  readonly query: (document: string, variables?: object, token?: string | null) => Promise<GraphQLAnswer>;
  readonly get: (path: string) => Promise<{ readonly status: number; readonly text: string }>;
  /** Subscribes on a socket of its own. Resolves when the gateway has taken the subscription up. */
  readonly watch: (variables: WatchVariables, token?: string) => Promise<Watching>;
  readonly watchHost: (variables: WatchVariables, token?: string) => Promise<Watching>;
  /** A socket that has been acknowledged. */
  readonly connect: (token?: string) => Promise<RawSocket>;
  /** One more subscription of operations on such a socket. Resolves likewise. */
  readonly subscribe: (socket: RawSocket, variables: WatchVariables) => Promise<Watching>;
  /** A socket on which nothing was said. */
  readonly open: (headers?: Record<string, string>) => Promise<RawSocket>;
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: object;
}

export interface GraphQLAnswer {
  readonly status: number;
  readonly data: Readonly<Record<string, unknown>> | null;
  readonly errors: readonly AnswerError[];
  /** `extensions.upstream`; null when the answer does not tell. */
  readonly upstream: { readonly requests: number; readonly reads: number; readonly snapshots: number } | null;
  /** As it came. */
  readonly text: string;
}

export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: { readonly code: string } & Readonly<Record<string, unknown>>;
}

export interface WatchVariables {
  readonly refs?: readonly object[];
  readonly host?: object;
  readonly after?: string | null;
}

/** A subscription on a socket. */
export interface Watching {
  readonly socket: RawSocket;
  /** The next change. Rejects when something else comes. */
  change(): Promise<StatusChange>;
  /** The errors of the next message, whether the stream goes on (`next`) or not (`error`). Rejects when it is a change. */
  errors(): Promise<readonly AnswerError[]>;
  /** Resolves when the stream has completed. Rejects when anything else comes first. */
  completed(): Promise<void>;
  /** What has come and was not taken. */
  unread(): readonly SocketMessage[];
  /** Says that no more of it is wanted; the socket stays. */
  leave(): void;
}

export interface StatusChange {
  readonly reason: string;
  readonly from: string | null;
  readonly to: string;
  readonly cursor: string;
  readonly operation: SeenOperation;
}

export interface SeenOperation {
  readonly id: string;
  readonly operationId: string;
  readonly location: string;
  readonly state: string;
  readonly terminal: boolean;
  readonly freshness: {
    readonly ageSeconds: number;
    readonly nextCheckAt: string | null;
    readonly delayedBy: string | null;
  };
  readonly history: readonly { readonly to: string }[];
}

export const OPERATION_FIELDS = `
  id operationId location state terminal
  freshness { ageSeconds nextCheckAt delayedBy }
  history { to }
`;
const CHANGE_FIELDS = `reason from to cursor operation { ${OPERATION_FIELDS} }`;
const OPERATIONS_CHANGES = `subscription ($refs: [OperationRef!]!, $after: String) {
  change: operationStatusChanged(refs: $refs, after: $after) { ${CHANGE_FIELDS} }
}`;
const HOST_CHANGES = `subscription ($host: OperationHost!, $after: String) {
  change: hostOperationStatusChanged(host: $host, after: $after) { ${CHANGE_FIELDS} }
}`;
export const ONE_OPERATION = `query ($ref: OperationRef!) { operation(ref: $ref) { ${OPERATION_FIELDS} } }`;

/** The token of callers who do not say another one. */
export const TOKEN = 'token-of-the-first-caller';

export interface GatewayOptions {
  readonly graphUrl: string;
  /** As the process would get them; a free port and no budgets unless told. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Ended after each test, in this order: clients, gateway and Graph together, since either may wait for the other. */
const sockets = new Set<RawSocket>();
const running: { close(): Promise<void> }[] = [];
/** Ended when all tests of the file are over. */
const shared: { close(): Promise<void> }[] = [];
/** What the gateways of a test called errors of their own. */
const complaints: LogLine[] = [];
let tolerated: readonly string[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  await Promise.all(running.splice(0).map((one) => one.close()));
  const unexpected = complaints.splice(0).filter(({ event }) => !tolerated.includes(event));
  tolerated = [];
  if (unexpected.length > 0) throw new Error(`The gateway logged errors of its own: ${JSON.stringify(unexpected)}`);
});
afterAll(() => Promise.all(shared.splice(0).map((one) => one.close())));

/** For `beforeAll`: what is started in it runs on from test to test, where a start for each would take most of the time. */
export async function startForAll<T>(start: () => Promise<T>): Promise<T> {
  const started = await start();
  shared.push(...running.splice(0));
  return started;
}

/** These errors of the gateway's own are part of this test; any other fails it. */
export function expectComplaints(...events: readonly string[]): void {
  tolerated = events;
}

export function closeAfterTest<T extends { close(): Promise<void> }>(one: T): T {
  running.push(one);
  return one;
}

export async function startTestGateway(options: GatewayOptions): Promise<TestGateway> {
  const { graphUrl, environment = {}, clock = systemClock, random = systemRandom } = options;
  const { log, lines, logged } = createRecorder();
  const config = readConfig({
    PORT: '0',
    GRAPH_URL: graphUrl,
    GRAPH_RATE_PER_SECOND: '0',
    GRAPH_RATE_PER_TEAM: '0',
    GRAPH_RATE_PER_CHAT: '0',
    GRAPHIQL: 'off',
    ...environment,
  });
  const app = await startApp(config, {
    clock,
    random,
    log,
    version: '0.0.0-test',
    graphiqlDirectory: new URL('file:///nowhere/'),
  });
  const connections = new Pool(app.url); // `fetch` takes as long again as all that the gateway does for it
  running.push({ close: () => app.stop().finally(() => connections.destroy()) });
  const url = `${app.url}/graphql`;

  let subscriptions = 0;
  const subscribeOn = async (socket: RawSocket, document: string, variables: WatchVariables): Promise<Watching> => {
    const watching = subscribe(socket, document, variables);
    await logged('websocket request', ++subscriptions);
    return watching;
  };

  const open = async (headers?: Record<string, string>): Promise<RawSocket> => {
    const socket = await openSocket(url, headers);
    sockets.add(socket);
    void socket.closed.then(() => sockets.delete(socket)); // a test of many keeps none that is gone
    return socket;
  };
  const connect = async (token = TOKEN): Promise<RawSocket> => {
    const socket = await open();
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    await socket.next('connection_ack');
    return socket;
  };

  return {
    app,
    url: app.url,
    log: lines,
    logged,
    open,
    connect,
    subscribe: (socket, variables) => subscribeOn(socket, OPERATIONS_CHANGES, variables),
    watch: async (variables, token) => subscribeOn(await connect(token), OPERATIONS_CHANGES, variables),
    watchHost: async (variables, token) => subscribeOn(await connect(token), HOST_CHANGES, variables),
    async query(document, variables = {}, token = TOKEN) {
      const authorization = token === null ? undefined : `Bearer ${token}`;
      secretIn(authorization);
      const response = await connections.request({
        path: '/graphql',
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
        body: JSON.stringify({ query: document, variables }),
      });
      const text = await response.body.text();
      heard('answer', `${response.statusCode} ${JSON.stringify(response.headers)}`);
      heard('answer', text);
      return readAnswer(response.statusCode, text);
    },
    async get(path) {
      const response = await fetch(`${app.url}${path}`, { headers: { connection: 'close' } });
      return { status: response.status, text: await response.text() };
    },
  };
}

export interface SandboxGateway extends TestGateway {
  readonly sandbox: Sandbox;
  /** Resolves when the sandbox has been asked so often in all; the first request is the gateway's own, at its start. */
  readonly asked: (requests: number) => Promise<void>;
}

/** A gateway on a sandbox of its own, which has no limits unless told and in which `TOKEN` is the demo's user. */
export async function startSandboxGateway({
  clock = systemClock,
  random = systemRandom,
  sandbox: sandboxOptions = {},
  ...options
}: Partial<GatewayOptions> & { readonly sandbox?: Partial<SandboxOptions> } = {}): Promise<SandboxGateway> {
  const { log, logged } = createRecorder();
  const sandbox = await startSandbox({ clock, random: systemRandom, limits: 'none', log, ...sandboxOptions });
  running.push(sandbox);
  sandbox.addToken(secret(TOKEN), sandbox.demoUser);
  const gateway = await startTestGateway({ clock, random, graphUrl: sandbox.url, ...options });
  const asked = (requests: number): Promise<void> => logged('sandbox answered', requests);
  await asked(1); // so that no planned fault befalls it
  return { sandbox, asked, ...gateway };
}

let lastId = 0;

function subscribe(socket: RawSocket, query: string, variables: WatchVariables): Watching {
  const id = String(++lastId);
  socket.send({ type: 'subscribe', id, payload: { query, variables } });
  const next = (): Promise<SocketMessage> => socket.next(undefined, id);
  return {
    socket,
    async change() {
      const message = await next();
      const { data, errors } = (message.type === 'next' ? message.payload : {}) as {
        data?: { change: StatusChange } | null;
        errors?: unknown;
      };
      if (data == null || errors !== undefined) throw unexpected('a change', message);
      return data.change;
    },
    async errors() {
      const message = await next();
      if (message.type === 'error') return message.payload as readonly AnswerError[];
      const { errors } = (message.payload ?? {}) as { errors?: readonly AnswerError[] };
      if (errors === undefined) throw unexpected('errors', message);
      return errors;
    },
    async completed() {
      const message = await next();
      if (message.type !== 'complete') throw unexpected('the end', message);
    },
    unread: () => socket.unread().filter((message) => message.id === id),
    leave: () => socket.send({ type: 'complete', id }),
  };
}

function unexpected(wanted: string, message: SocketMessage): Error {
  return new Error(`Not ${wanted}: ${JSON.stringify(message)}`);
}

function readAnswer(status: number, text: string): GraphQLAnswer {
  const { data, errors, extensions } = JSON.parse(text) as {
    data?: GraphQLAnswer['data'];
    errors?: readonly AnswerError[];
    extensions?: { upstream?: NonNullable<GraphQLAnswer['upstream']> };
  };
  return { status, data: data ?? null, errors: errors ?? [], upstream: extensions?.upstream ?? null, text };
}

/** Keeps what is logged, and tells who waits for it. */
function createRecorder() {
  const lines: LogLine[] = [];
  const counts = new Map<string, number>();
  const looking = new Set<() => void>();
  const at = (level: LogLine['level']) => (fields: object, event: string) => {
    const line = { level, event, fields };
    lines.push(line);
    hearLogLine(line);
    if (level === 'error') complaints.push(line);
    counts.set(event, (counts.get(event) ?? 0) + 1);
    for (const look of looking) look();
  };
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const logged = (event: string, count: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if ((counts.get(event) ?? 0) < count) return;
        looking.delete(look);
        resolve();
      };
      looking.add(look);
      look();
    });
  return { log, lines, logged };
}

/** The operation of an answer to `ONE_OPERATION`. @throws when there is none */
export function operationIn({ data, text }: GraphQLAnswer): SeenOperation {
  const operation = data?.['operation'];
  if (operation == null) throw new Error(`No operation: ${text}`);
  return operation as SeenOperation;
}

/** The one code of an answer that failed. @throws when it has none or several */
export function codeIn({ errors, text }: Pick<GraphQLAnswer, 'errors' | 'text'>): string {
  const [error, ...others] = errors;
  if (error === undefined || others.length > 0) throw new Error(`Not one error: ${text}`);
  return error.extensions.code;
}
