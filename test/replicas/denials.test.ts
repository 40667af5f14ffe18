import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { describeWithRedis } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';
import { openSocket } from '../support/ws-client.js';
import { ask } from './ask.js';
import { joinClient, subscribersOf, untilAllKnow, WATCH } from './crowd.js';
import { beginOperations, moveTo, refOf } from './operations.js';
import { dump, formsOf, monitor, type Hearing } from './redis-secrets.js';
import { afterThisTest, TEST_LIMIT_MS, usePair } from './replicas.js';
import { toldWrongly } from './verdicts.js';

/** Long enough for the other replica to find out nothing by itself before it is told. */
const INTERVAL_MS = 4_000;

const [ANNA, BEN, CLEO] = [
  secret('a-token-of-anna-that-loses-its-right-3e'),
  secret('a-token-of-ben-who-keeps-his-17'),
  secret('a-token-of-cleo-that-ends-and-is-refused-88f1'),
];

jest.setTimeout(TEST_LIMIT_MS);

describeWithRedis('what Graph refuses to one replica', () => {
  const pair = usePair(INTERVAL_MS);
  let hearing: Hearing | undefined;
  /** What was in Redis after each test. */
  const held: string[] = [];
  beforeAll(async () => {
    hearing = await monitor(pair().redis);
  });
  afterEach(async () => void held.push(...(await dump(pair().redis))));
  afterAll(() => hearing?.close());

  it('a right that was taken away: on the other one its caller hears nothing more, and why; nobody else is disturbed', async () => {
    const { graph, one, two } = pair();
    const watched = beginOperations(graph, { 'team-a': 2 });
    const [other] = beginOperations(graph, { 'team-b': 1 });
    if (other === undefined) throw new Error('There are no operations.');
    const ben = joinClient({ urls: () => [two.url], token: BEN, watching: [watched] });
    await untilAllKnow([ben], 'NOT_STARTED');
    const anna = joinClient({ urls: () => [two.url], token: ANNA, watching: [watched, [other]] });
    await untilAllKnow([anna], 'NOT_STARTED');

    // One that no list has shown her yet.
    const [, , unread] = beginOperations(graph, { 'team-a': 3 });
    if (unread === undefined) throw new Error('There are too few operations.');
    graph.allow((token, hostId) => token === BEN || hostId !== 'team-a');
    expect(await ask(one.url, ANNA, unread)).toMatchObject({ codes: ['FORBIDDEN'] });
    moveTo(graph, [...watched, other], 'RUNNING');
    await untilAllKnow([ben], 'RUNNING');
    const [annas, annasOther] = subscribersOf([anna]);
    await until(() => annas?.isComplete === true && annasOther?.changes.length === 2, 30_000);

    expect(annas?.changes.map(({ to }) => to)).toEqual(watched.map(() => 'NOT_STARTED'));
    expect(annas?.errors.join()).toContain('FORBIDDEN');
    expect(annasOther?.changes.map(({ to }) => to)).toEqual(['NOT_STARTED', 'RUNNING']);
    expect(toldWrongly(subscribersOf([ben]), 'RUNNING')).toEqual([]);
  });

  it('a token that has ended: on the other one its caller is asked for another at once, without a read', async () => {
    const { graph, one, two } = pair();
    const [watched, other] = [...beginOperations(graph, { 'team-c': 1 }), ...beginOperations(graph, { 'team-d': 1 })];
    if (watched === undefined || other === undefined) throw new Error('There are no operations.');
    const socket = await openSocket(`${two.url}/graphql`);
    afterThisTest(() => socket.terminate());
    socket.send({ type: 'connection_init', payload: { authorization: `Bearer ${CLEO}` } });
    await socket.next('connection_ack');
    socket.send({ type: 'subscribe', id: '1', payload: { query: WATCH, variables: { refs: [refOf(watched)] } } });
    await socket.next('next', '1');

    graph.endToken(CLEO);
    expect(await ask(one.url, CLEO, other)).toMatchObject({ codes: ['UNAUTHENTICATED'] });
    const ping = await socket.next('ping');
    expect(ping.payload).toMatchObject({ tokenExpiresAt: expect.anything() as unknown });
    expect(graph.reads.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  it('and with all that, Redis is never told a token', () => {
    const told = [...(hearing?.commands ?? []), ...held];
    for (const word of ['EVALSHA', 'PUBLISH', 'notice:denial', 'proof:', 'snapshot:', 'lease:']) {
      expect(told.some((text) => text.toLowerCase().includes(word.toLowerCase()))).toBe(true); // it was all of it
    }
    for (const kind of ['forbidden', 'unauthenticated']) expect(told.some((text) => text.includes(kind))).toBe(true);
    const forms = [ANNA, BEN, CLEO].flatMap(formsOf);
    expect(told.filter((text) => forms.some((form) => text.includes(form)))).toEqual([]);
  });
});
