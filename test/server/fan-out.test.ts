import { beforeEach, describe, expect, it } from '@jest/globals';
import { isObjectType, parse, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { createSchema } from '../../src/api/schema.js';
import { silentLog } from '../../src/lib/log.js';
import { type Coordinator } from '../../src/poll/coordinator.js';
import { type Stream } from '../../src/poll/stream.js';
import { createFanOut, createFanOutTally, type FanOut, type FanOutTally, type Sink } from '../../src/server/fan-out.js';
import { framesOf } from '../../src/server/frames.js';
import { by, caller, createWorld, team, TIMES } from '../poll/world.js';
import { createFakeClock, settle } from '../support/fake-clock.js';
import { createConversations, sinkTo } from './conversation.js';
import { textsIn } from './frame-texts.js';
import { changeTo, openStream } from './streams.js';

const NOW = Date.UTC(2026, 0, 1);
const DOCUMENT = parse(
  'subscription ($all: Boolean = true) { operationStatusChanged(refs: []) { to cursor from @include(if: $all) } }',
);
const [anna, ben] = [caller('anna'), caller('ben')];

interface Pushes {
  readonly fanOut: FanOut;
  readonly tally: FanOutTally;
}

let schema: GraphQLSchema;
beforeEach(async () => {
  schema = await createSchema();
});

function start(now: () => number = () => NOW, coordinator: Partial<Coordinator> = { nextCheckAt: () => null }): Pushes {
  const tally = createFanOutTally();
  const clock = { ...createFakeClock(NOW), now };
  const services = { clock, coordinator: coordinator as Coordinator };
  const report = { log: silentLog, refused: () => undefined };
  return { tally, fanOut: createFanOut({ schema, services, clock, report, tally }) };
}

/** What a client heard, in short: `1 RUNNING @ a digest`. */
interface Client {
  readonly texts: readonly string[];
  readonly heard: readonly unknown[];
  readonly ended: readonly string[];
  add(key: string, stream: Stream, asked?: Parameters<ReturnType<FanOut['open']>['add']>[2]): () => void;
  close(): void;
}

function connect({ fanOut }: Pushes, sink?: (said: string[]) => Sink): Client {
  const texts: string[] = [];
  const ended: string[] = [];
  const outlet = fanOut.open(sink?.(texts) ?? sinkTo((text) => texts.push(text)), {
    hasEnded: (key) => void ended.push(key),
  });
  return {
    texts,
    get heard() {
      return texts.map((text) => JSON.parse(text) as unknown);
    },
    ended,
    add(key, stream, asked = { document: DOCUMENT }) {
      const pushed = outlet.add(key, stream, asked);
      return () => pushed.leave();
    },
    close: () => outlet.close(),
  };
}

/** What many sinks have in common that take so much and no more. */
function createNarrowSink(): { readonly sink: (said: string[]) => Sink; readonly open: () => void; shut: () => void } {
  let isFull = false;
  let goOn: (() => void) | null = null;
  return {
    sink: (said) => ({
      get isFull() {
        return isFull;
      },
      whenRoom: (listener) => (goOn = listener),
      write: (pushes) => void said.push(...textsIn(framesOf(pushes))),
    }),
    shut: () => (isFull = true),
    open: () => {
      isFull = false;
      goOn?.();
      goOn = null;
    },
  };
}

const event = (id: string, to: string, cursor: unknown = expect.any(String)): object => ({
  id,
  type: 'next',
  payload: { data: { operationStatusChanged: { to, cursor, from: null } } },
});

describe('a change that many subscribe to', () => {
  it('is executed once, and each reads it under the own id and with the own cursor', async () => {
    const pushes = start();
    const streams = ['one', 'two', 'three'].map(openStream);
    const [first, second] = [connect(pushes), connect(pushes)];
    const [one, two, three] = streams as [Stream, Stream, Stream];
    first.add('1', one);
    first.add('“2”\n', two);
    second.add('1', three);
    const change = changeTo('RUNNING', 5);
    for (const stream of streams) stream.tell(change, false);
    await settle();

    const heard = [...first.heard, ...second.heard] as {
      payload: { data: { operationStatusChanged: { cursor: string } } };
    }[];
    expect(heard).toEqual([event('1', 'RUNNING'), event('“2”\n', 'RUNNING'), event('1', 'RUNNING')]);
    const cursors = heard.map(({ payload }) => payload.data.operationStatusChanged.cursor);
    expect(cursors.map((cursor) => Buffer.from(cursor, 'base64url').toString())).toEqual([
      '[5,"one",[],null,null]',
      '[5,"two",[],null,null]',
      '[5,"three",[],null,null]',
    ]);
    expect(pushes.tally).toEqual({ events: 3, waves: 1, payloads: 1, overtaken: 0 });
  });

  it('is executed for each document, operation and flag of its own', async () => {
    const pushes = start();
    const client = connect(pushes);
    const two = parse(
      'subscription A { operationStatusChanged(refs: []) { to } } subscription B { operationStatusChanged(refs: []) { reason } }',
    );
    const change = changeTo('RUNNING', 5);
    for (const [key, asked] of [
      ['all', { document: DOCUMENT }],
      ['all said', { document: DOCUMENT, variableValues: { all: true } }],
      ['few', { document: DOCUMENT, variableValues: { all: false } }],
      ['few again', { document: DOCUMENT, variableValues: { all: false, unknown: 1 } }],
      ['A', { document: two, operationName: 'A' }],
      ['B', { document: two, operationName: 'B' }],
    ] as const) {
      const stream = openStream();
      client.add(key, stream, asked);
      stream.tell(change, false);
    }
    await settle();

    const fields = client.heard.map((each) => {
      const { id, payload } = each as { id: string; payload: { data: { operationStatusChanged: object } } };
      return `${id}: ${Object.keys(payload.data.operationStatusChanged).join(' ')}`;
    });
    expect(fields).toEqual([
      ...['all: to cursor from', 'all said: to cursor from', 'few: to cursor', 'few again: to cursor'],
      ...['A: to', 'B: reason'],
    ]);
    expect(pushes.tally.payloads).toBe(5);
  });

  it('says what is of the moment anew in each wave', async () => {
    let now = NOW;
    const pushes = start(() => now);
    const client = connect(pushes);
    const asked = {
      document: parse('subscription { operationStatusChanged(refs: []) { operation { freshness { ageSeconds } } } }'),
    };
    const change = { ...changeTo('RUNNING', 5), checkedAt: NOW };
    for (const at of [1_000, 2_500]) {
      now = NOW + at;
      const stream = openStream();
      client.add(String(at), stream, asked);
      stream.tell(change, false);
      await settle();
    }
    expect(client.texts.map((text) => /"ageSeconds":([\d.]+)/.exec(text)?.[1])).toEqual(['1', '2.5']);
  });

  it('has its place in it said where the text of an operation looks like that', async () => {
    const pushes = start();
    const client = connect(pushes);
    const [one, two] = [openStream(), openStream()];
    const asked = {
      document: parse(
        'subscription { operationStatusChanged(refs: []) { a: cursor operation { rawStatus } b: cursor } }',
      ),
    };
    client.add('1', one, asked);
    one.tell(changeTo('RUNNING', 5), false);
    await settle();
    const [text = ''] = client.texts;
    const cursor = /"a":"([^"]+)"/.exec(text)?.[1] ?? '';
    client.add('2', two, asked);
    two.tell(changeTo('RUNNING', 6, 'A', cursor), false);
    await settle();
    expect(JSON.parse(client.texts[1] ?? '')).toMatchObject({
      payload: { data: { operationStatusChanged: { operation: { rawStatus: cursor } } } },
    });
  });
});

describe('what is written once for many', () => {
  it('is heard by nobody who has not proved a right to it, though both asked alike', async () => {
    const world = createWorld();
    const { clock, graph, life, coordinator } = world;
    const ref = graph.begin(team('T'), 'A', life(0, 'RUNNING', 40_000, 'SUCCEEDED'));
    graph.fail(({ scope }) => (scope === ben.scope ? { kind: 'unavailable' } : null));
    const pushes = start(() => clock.now(), coordinator);
    const [hers, his] = [connect(pushes), connect(pushes)];
    hers.add('1', coordinator.watchOperations(by(anna), [ref], null) as Stream);
    his.add('1', coordinator.watchOperations(by(ben), [ref], null) as Stream);
    await clock.advance(3 * TIMES.intervalMs);

    expect(hers.heard).toEqual([
      event('1', 'RUNNING'),
      { ...event('1', 'SUCCEEDED'), payload: expect.anything() },
      { id: '1', type: 'complete' },
    ]);
    expect(his.texts).toEqual([]);
  });

  it('can be made of nothing but the change: a field that asks for the caller is an error', async () => {
    resolveWith(schema, (_operation, _args, context: { caller: () => { scope: string } }) => context.caller().scope);
    const { hear } = await createConversations(createFakeClock(), schema);
    const stream = openStream();
    stream.tell(changeTo('RUNNING', 5), false);
    stream.end();
    const query =
      'subscription { operationStatusChanged(refs: [{ location: "/teams/T/operations/A" }]) { to operation { rawStatus } } }';
    const [text = ''] = await hear('push', { id: '1', query }, stream);

    expect(text).not.toContain('anna');
    expect(JSON.parse(text)).toMatchObject({
      payload: { errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }], data: null },
    });
  });
});

describe('a field that takes its time', () => {
  it('is waited for, and what comes behind it waits as well', async () => {
    resolveWith(schema, async ({ rawStatus }: { rawStatus: string }) => {
      await settle();
      return rawStatus;
    });
    const { hear } = await createConversations(createFakeClock(), schema);
    const query =
      'subscription { operationStatusChanged(refs: [{ location: "/teams/T/operations/A" }]) { to cursor operation { rawStatus } } }';
    const hearOn = (path: 'push' | 'pull') => {
      const stream = openStream();
      for (const [at, state] of (['NOT_STARTED', 'RUNNING', 'SUCCEEDED'] as const).entries()) {
        stream.tell(changeTo(state, at), true);
      }
      stream.end();
      return hear(path, { id: '1', query }, stream);
    };
    const pushed = await hearOn('push');
    const pulled = await hearOn('pull');
    expect(pushed).toHaveLength(4);
    expect(pushed).toEqual(pulled);
  });
});

describe('a connection', () => {
  it('hears of its end once all was said, and its keeper too', async () => {
    const pushes = start();
    const client = connect(pushes);
    const stream = openStream();
    client.add('1', stream);
    stream.tell(changeTo('SUCCEEDED', 5), false);
    stream.end();
    await settle();
    expect(client.heard).toEqual([event('1', 'SUCCEEDED'), { id: '1', type: 'complete' }]);
    expect(client.ended).toEqual(['1']);
    expect(stream.isOver).toBe(true);
  });

  it('hears nothing more of what it left, nor when it is closed', async () => {
    const pushes = start();
    const [client, other] = [connect(pushes), connect(pushes)];
    const [left, stays] = [openStream(), openStream()];
    const leave = client.add('left', left);
    other.add('stays', stays);
    for (const stream of [left, stays]) stream.tell(changeTo('RUNNING', 5), false);
    leave();
    other.close();
    await settle();
    expect([client.texts, other.texts]).toEqual([[], []]);
    expect(left.isOver).toBe(true);
  });

  it('that takes no more is not written to, and hears the newest state of each when it does', async () => {
    const pushes = start();
    const { sink, shut, open } = createNarrowSink();
    const client = connect(pushes, sink);
    const stream = openStream();
    client.add('1', stream);
    shut();
    for (const [at, state] of (['NOT_STARTED', 'RUNNING', 'UNKNOWN'] as const).entries()) {
      stream.tell(changeTo(state, at), false);
      stream.tell(changeTo('RUNNING', 10 + at, 'B'), false);
      await settle();
    }
    stream.tell(changeTo('SUCCEEDED', 20), false);
    stream.end();
    await settle();
    expect(client.texts).toEqual([]);
    open();
    await settle();
    expect(client.heard).toEqual([event('1', 'RUNNING'), event('1', 'SUCCEEDED'), { id: '1', type: 'complete' }]);
    expect(pushes.tally.overtaken).toBe(5);
  });
});

describe('a wave to very many connections', () => {
  const SLICE_MS = 10;

  it('lets everybody else have a turn in between', async () => {
    let now = NOW;
    let written = 0;
    const pushes = start(() => now);
    const change = changeTo('RUNNING', 5);
    const streams = Array.from({ length: 100 }, (_, at) => {
      const stream = openStream();
      const sink = (): Sink => ({
        isFull: false,
        whenRoom: () => undefined,
        write: () => {
          written += 1;
          now += 1;
        },
      });
      connect(pushes, sink).add(String(at), stream);
      return stream;
    });
    for (const stream of streams) stream.tell(change, false);
    const atTurns: number[] = [];
    while (written < streams.length) {
      await new Promise((resolve) => setImmediate(resolve));
      atTurns.push(written);
    }
    const perTurn = atTurns.map((count, at) => count - (atTurns[at - 1] ?? 0));
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(SLICE_MS);
    expect(pushes.tally).toMatchObject({ payloads: 1, waves: 1 });
  });

  it('does not keep the others waiting for one that has very much to read', async () => {
    let now = NOW;
    const pushes = start(() => ++now);
    const [busy, other] = [connect(pushes), connect(pushes)];
    const [long, short] = [openStream(), openStream()];
    busy.add('long', long);
    other.add('short', short);
    for (let at = 0; at < 100; at++) long.tell(changeTo('RUNNING', at, `operation ${at}`), false);
    short.tell(changeTo('RUNNING', 1), false);
    while (other.texts.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(busy.texts.length).toBeLessThanOrEqual(2 * SLICE_MS);
    while (busy.texts.length < 100) await new Promise((resolve) => setImmediate(resolve));
    const stamps = busy.texts.map(
      (text) =>
        (JSON.parse(Buffer.from(/"cursor":"([^"]+)"/.exec(text)?.[1] ?? '', 'base64url').toString()) as number[])[0],
    );
    expect(stamps).toEqual(stamps.map((_, at) => at));
  });
});

/** Gives a field of the operation another way to its value. */
function resolveWith(of: GraphQLSchema, resolve: GraphQLFieldResolver<never, never>): void {
  const type = of.getType('TeamsAsyncOperation');
  const field = isObjectType(type) ? type.getFields()['rawStatus'] : undefined;
  if (field === undefined) throw new Error('The schema has no such field.');
  field.resolve = resolve as GraphQLFieldResolver<unknown, unknown>;
}
