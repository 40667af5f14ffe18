import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CODES, formatError, toGraphQLError } from '../../src/api/errors.js';
import { silentLog } from '../../src/lib/log.js';
import { GraphError, InputError, LimitError, type Reason } from '../../src/operation/failure.js';
import { type Fault } from '../../src/sandbox/faults.js';
import { startGatewayOfGraph } from '../server/start-gateway.js';

/** An error as a resolver throws it, on its way to the client. */
function formatted(thrown: Error) {
  const logged: object[] = [];
  const refused: string[] = [];
  const log = { ...silentLog, error: (fields: object) => void logged.push(fields) };
  const error = new GraphQLError(thrown.message, { path: ['operation'], originalError: thrown });
  return { told: formatError(error, { log, refused: (limit) => void refused.push(limit) }), logged, refused };
}

describe('an error', () => {
  it.each<[Reason, string, object]>([
    [{ kind: 'throttled', retryAfterMs: 2_128 }, 'UPSTREAM_THROTTLED', { retryAfterSeconds: 2.128 }],
    [{ kind: 'throttled', retryAfterMs: 0.2 }, 'UPSTREAM_THROTTLED', { retryAfterSeconds: 0.001 }],
    [{ kind: 'overBudget', retryAfterMs: 1_000 }, 'UPSTREAM_THROTTLED', { retryAfterSeconds: 1 }],
    [{ kind: 'unavailable' }, 'UPSTREAM_UNAVAILABLE', {}],
    [{ kind: 'unavailable', retryAfterMs: 9_500 }, 'UPSTREAM_UNAVAILABLE', { retryAfterSeconds: 9.5 }],
    [{ kind: 'malformed', detail: 'status is 5' }, 'UPSTREAM_MALFORMED', {}],
    [{ kind: 'unauthenticated', claims: '{"a":1}' }, 'UNAUTHENTICATED', { claims: '{"a":1}' }],
    [{ kind: 'forbidden' }, 'FORBIDDEN', {}],
    [{ kind: 'notFound' }, 'NOT_FOUND', {}],
    [{ kind: 'refused' }, 'BAD_USER_INPUT', {}],
  ])('of Graph with reason %j has code %s', (reason, code, more) => {
    expect(formatted(new GraphError(reason, 'What happened.')).told).toEqual({
      message: 'What happened.',
      path: ['operation'],
      extensions: { code, ...more },
    });
    expect(CODES[reason.kind]).toBe(code);
  });

  it('of Graph carries what its support asks for', () => {
    const answer = { status: 403, code: 'AccessDenied', requestId: 'r-1', clientRequestId: 'c-1' };
    expect(toGraphQLError(new GraphError({ kind: 'forbidden' }, 'No.', answer))?.extensions).toEqual({
      code: 'FORBIDDEN',
      graphCode: 'AccessDenied',
      requestId: 'r-1',
      clientRequestId: 'c-1',
    });
  });

  it.each([
    [new InputError('first must be from 1 to 100.'), 'BAD_USER_INPUT'],
    [new LimitError('WATCH_AGE', 'It was watched for too long.'), 'LIMIT_EXCEEDED'],
    [new GraphQLError('As it is.', { extensions: { code: 'NOT_FOUND', location: '/' } }), 'NOT_FOUND'],
    [new GraphQLError('Without a code.'), 'BAD_USER_INPUT'],
  ])('that is ours to tell is told: %s', (thrown, code) => {
    const { told, logged } = formatted(thrown);
    expect(told).toMatchObject({ message: thrown.message, extensions: { code } });
    expect(logged).toEqual([]);
  });

  it('of our own making is one sentence for the client, and the rest for the log', () => {
    const thrown = new TypeError("Cannot read properties of undefined (reading 'secret')");
    const { told, logged } = formatted(thrown);
    expect(told).toEqual({
      message: 'Internal error.',
      path: ['operation'],
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    });
    expect(logged).toEqual([{ err: thrown, path: ['operation'] }]);
  });
});

describe('an answer of Graph that is a failure', () => {
  let running: Awaited<ReturnType<typeof startGatewayOfGraph>>;
  beforeEach(async () => {
    running = await startGatewayOfGraph();
  });
  afterEach(() => running.stop());

  const ask = async (token = running.graph.demoToken): Promise<unknown> => {
    const { location } = running.graph.begin();
    const response = await fetch(`${running.gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({
        query: 'query ($ref: OperationRef!) { operation(ref: $ref) { state } }',
        variables: { ref: { location } },
      }),
    });
    return await response.json();
  };

  it.each<[Fault, object]>([
    [
      { kind: 'status', status: 503 },
      { code: 'UPSTREAM_UNAVAILABLE', requestId: expect.any(String) },
    ],
    [
      { kind: 'status', status: 403 },
      { code: 'FORBIDDEN', requestId: expect.any(String) },
    ],
    [{ kind: 'reset' }, { code: 'UPSTREAM_UNAVAILABLE' }],
    [{ kind: 'truncated' }, { code: 'UPSTREAM_UNAVAILABLE' }],
    [{ kind: 'body', body: { id: 5 } }, { code: 'UPSTREAM_MALFORMED' }],
  ])('%j is told with its code', async (fault, extensions) => {
    running.graph.fail({ fault, match: { path: '/operations/' } });
    expect(await ask()).toMatchObject({
      data: { operation: null },
      errors: [{ message: expect.any(String), path: ['operation'], extensions }],
    });
  });

  it('429 is told with what is left of the time that Graph asked for', async () => {
    running.graph.fail({
      fault: { kind: 'status', status: 429, retryAfter: '20.5' },
      match: { path: '/operations/' },
    });
    const { errors } = (await ask()) as { errors: [GraphQLFormattedError] };
    expect(errors[0].extensions).toMatchObject({ code: 'UPSTREAM_THROTTLED', requestId: expect.any(String) });
    const seconds = errors[0].extensions?.['retryAfterSeconds'];
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(20.5);
  });

  it('404 is no error: there is no such operation', async () => {
    running.graph.fail({ fault: { kind: 'status', status: 404 }, match: { path: '/operations/' } });
    const answer = await ask();
    expect(answer).toMatchObject({ data: { operation: null } });
    expect(answer).not.toHaveProperty('errors');
  });

  it('hands the claims challenge of conditional access back as it came', async () => {
    const claims = '{"access_token":{"nbf":{"essential":true,"value":"1604106651"}}}';
    running.graph.challenge(running.graph.demoToken, claims);
    const asSent = Buffer.from(claims).toString('base64');
    expect(await ask()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED', claims: asSent } }] });
  });
});
