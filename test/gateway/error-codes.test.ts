import { describe, expect, it } from '@jest/globals';
import { createFakeClock } from '../support/fake-clock.js';
import {
  codeIn,
  expectComplaints,
  ONE_OPERATION,
  operationIn,
  startSandboxGateway,
  TOKEN,
  type SandboxGateway,
} from '../support/gateway.js';

const WAIT = `query ($ref: OperationRef!, $seconds: Int) {
  waitForOperation(ref: $ref, timeoutSeconds: $seconds) { state }
}`;
const LIST = `query ($host: OperationHost!, $first: Int) { operations(host: $host, first: $first) { edges { cursor } } }`;

describe('what a caller wrote wrongly is BAD_USER_INPUT, and Graph is not asked', () => {
  const ref = { team: { hostId: 'sales', operationId: 'archiving' } };
  it.each([
    {
      what: 'a location on another host',
      document: ONE_OPERATION,
      variables: { ref: { location: 'https://evil.example/v1.0/teams/a/operations/b' } },
    },
    {
      what: 'a location of something else',
      document: ONE_OPERATION,
      variables: { ref: { location: '/v1.0/users/a' } },
    },
    {
      what: 'a way out of the path',
      document: ONE_OPERATION,
      variables: { ref: { location: '/v1.0/teams/../me/operations/b' } },
    },
    { what: 'an id that is none', document: ONE_OPERATION, variables: { ref: { id: 'none' } } },
    {
      what: 'an empty id of a host',
      document: ONE_OPERATION,
      variables: { ref: { team: { hostId: '', operationId: 'a' } } },
    },
    { what: 'two refs in one', document: ONE_OPERATION, variables: { ref: { id: 'a', location: '/b' } } },
    { what: 'no ref at all', document: ONE_OPERATION, variables: { ref: {} } },
    { what: 'a variable of the wrong type', document: ONE_OPERATION, variables: { ref: 7 } },
    { what: 'a page of nothing', document: LIST, variables: { host: { teamId: 'sales' }, first: 0 } },
    { what: 'a negative time', document: WAIT, variables: { ref, seconds: -1 } },
  ])('$what', async ({ document, variables }) => {
    const { sandbox, query } = await startSandboxGateway();
    const before = sandbox.counts();
    expect(codeIn(await query(document, variables))).toBe('BAD_USER_INPUT');
    expect(sandbox.counts()).toEqual(before);
  });

  it.each([
    { what: 'a page without an end', document: LIST, variables: { host: { teamId: 'sales' }, first: 101 } },
    { what: 'a time without an end', document: WAIT, variables: { ref, seconds: 601 } },
  ])('or LIMIT_EXCEEDED, where it is only too much: $what', async ({ document, variables }) => {
    const { sandbox, query } = await startSandboxGateway();
    const before = sandbox.counts();
    expect(codeIn(await query(document, variables))).toBe('LIMIT_EXCEEDED');
    expect(sandbox.counts()).toEqual(before);
  });

  it.each([
    { what: 'no refs', variables: { refs: [] } },
    { what: 'a cursor that is none', variables: { refs: [ref], after: 'none' } },
    { what: 'a foreign location', variables: { refs: [{ location: '//evil.example/v1.0/teams/a/operations/b' }] } },
  ])('in a subscription: $what', async ({ variables }) => {
    const { sandbox, watch, app } = await startSandboxGateway();
    const before = sandbox.counts();
    const watching = await watch(variables);
    expect(await watching.errors()).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(sandbox.counts()).toEqual(before);
    expect(app.watches()).toBe(0);
  });
});

describe("what Graph denies carries a code, Graph's own code, and the id of the request", () => {
  it('403 is FORBIDDEN', async () => {
    const { sandbox, query } = await startSandboxGateway();
    const { path } = sandbox.begin({ hostId: sandbox.addTeam({ members: [] }) });
    const { errors } = await query(ONE_OPERATION, { ref: { location: path } });
    expect(errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN', graphCode: 'Forbidden', requestId: expect.any(String) } },
    ]);
  });

  it('401 is UNAUTHENTICATED', async () => {
    const { sandbox, query } = await startSandboxGateway();
    const { path } = sandbox.begin();
    sandbox.expire(TOKEN);
    const { errors } = await query(ONE_OPERATION, { ref: { location: path } });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) } }]);
  });

  it('401 with a challenge hands on the claims that are asked for', async () => {
    const { sandbox, query } = await startSandboxGateway();
    const { path } = sandbox.begin();
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}';
    sandbox.challenge(TOKEN, claims);
    const { errors } = await query(ONE_OPERATION, { ref: { location: path } });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    const asked = String(errors[0]?.extensions['claims']);
    expect(Buffer.from(asked, 'base64').toString()).toBe(claims);
  });

  it('404 is NOT_FOUND where an operation must be', async () => {
    const { sandbox, query } = await startSandboxGateway();
    const ref = { team: { hostId: sandbox.addTeam(), operationId: 'never-begun' } };
    expect(codeIn(await query(WAIT, { ref, seconds: 0 }))).toBe('NOT_FOUND');
  });
});

describe('bounds are LIMIT_EXCEEDED', () => {
  it('of subscriptions on one socket, and room is made when one of them is left', async () => {
    const { sandbox, connect, subscribe } = await startSandboxGateway({
      environment: { MAX_SUBSCRIPTIONS_PER_SOCKET: '1' },
    });
    const refs = [{ location: sandbox.begin({ life: { stalls: true } }).path }];
    const socket = await connect();
    const first = await subscribe(socket, { refs });
    await first.change();

    const document = 'query { __typename }';
    socket.send({ type: 'subscribe', id: 'too-many', payload: { query: document } });
    expect(await socket.next('error', 'too-many')).toMatchObject({
      payload: [{ extensions: { code: 'LIMIT_EXCEEDED' } }],
    });
    first.leave();
    socket.send({ type: 'subscribe', id: 'again', payload: { query: document } });
    expect(await socket.next('next', 'again')).toMatchObject({ payload: { data: { __typename: 'Query' } } });
  });

  it('of sockets, before the upgrade', async () => {
    const { open } = await startSandboxGateway({ environment: { MAX_SOCKETS: '1' } });
    await open();
    await expect(open()).rejects.toThrow('503');
  });

  it('of the age of a watch, which ends with a reason', async () => {
    const clock = createFakeClock();
    const { sandbox, watch, logged, app } = await startSandboxGateway({
      clock,
      environment: { WATCH_MAX_AGE_HOURS: '0.02' }, // 72 s
    });
    const { path } = sandbox.begin({ life: { startsAfterMs: 0, stalls: true } });
    const watching = await watch({ refs: [{ location: path }] });
    await clock.advance(10);
    await watching.change();
    for (const checks of [2, 3]) {
      await clock.advance(31_000);
      await logged('check', checks);
    }
    await clock.advance(72_000 - 62_010);
    expect(await watching.errors()).toMatchObject([{ extensions: { code: 'LIMIT_EXCEEDED', location: path } }]);
    await watching.completed();
    expect(app.watches()).toBe(0);
  });
});

describe("the gateway's own insides", () => {
  /** Chance is asked for how long to wait after a breakdown of Graph; here it breaks down itself. */
  const random = (): number => {
    throw new Error('secret detail of /home/gateway');
  };

  it('are one sentence over HTTP and over a websocket, and the detail is in the log', async () => {
    expectComplaints('internal error');
    const gateway = await startSandboxGateway({ random, sandbox: { random: () => 0.5 } });
    const { path } = gateway.sandbox.begin();
    gateway.sandbox.fail({ fault: { kind: 'status', status: 502 }, times: 2 });
    const variables = { ref: { location: path } };
    const expected = { message: 'Internal error.', path: ['operation'], extensions: { code: 'INTERNAL_SERVER_ERROR' } };

    const overHttp = await gateway.query(ONE_OPERATION, variables);
    expect(overHttp.errors).toMatchObject([expected]);
    expect(overHttp.text).not.toContain('secret');

    const socket = await gateway.connect();
    socket.send({ type: 'subscribe', id: 'q', payload: { query: ONE_OPERATION, variables } });
    const message = await socket.next('next', 'q');
    expect(message.payload).toMatchObject({ data: { operation: null }, errors: [expected] });
    expect(JSON.stringify(message)).not.toContain('secret');

    const logged = gateway.log.filter(({ event }) => event === 'internal error');
    expect(logged).toMatchObject([
      { fields: { err: { message: expect.stringContaining('secret detail') } } },
      { fields: { err: { message: expect.stringContaining('secret detail') } } },
    ]);
  });

  it('never show a token in what is logged', async () => {
    const gateway: SandboxGateway = await startSandboxGateway();
    const { path } = gateway.sandbox.begin();
    operationIn(await gateway.query(ONE_OPERATION, { ref: { location: path } }));
    gateway.sandbox.expire(TOKEN);
    await gateway.query(LIST, { host: { location: path.replace(/\/operations.*/, '') } });
    expect(gateway.log.length).toBeGreaterThan(0);
    expect(JSON.stringify(gateway.log)).not.toContain(TOKEN);
  });
});
