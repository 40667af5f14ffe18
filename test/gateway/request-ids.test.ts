import { describe, expect, it } from '@jest/globals';
import { ONE_OPERATION, startSandboxGateway, type LogLine, type SandboxGateway } from '../support/gateway.js';

const ID = /^[0-9a-f-]{36}$/;
const LIST = `query ($host: OperationHost!) { operations(host: $host) { edges { node { state } } } }`;

const BOTH = `query ($one: OperationRef!, $other: OperationRef!) {
  one: operation(ref: $one) { state }
  other: operation(ref: $other) { state }
}`;

function checksOf({ log }: SandboxGateway): readonly LogLine['fields'][] {
  return log.filter(({ event }) => event === 'check').map(({ fields }) => fields);
}

describe('Graph’s ids of a request', () => {
  it('are on the log line of each check, whether it went well or not', async () => {
    const gateway = await startSandboxGateway();
    const { sandbox, query } = gateway;
    await query(ONE_OPERATION, { ref: { location: sandbox.begin().location } });
    await query(LIST, { host: { teamId: sandbox.begin().hostId } });
    sandbox.fail({ fault: { kind: 'status', status: 503 } });
    await query(ONE_OPERATION, { ref: { location: sandbox.begin().location } });

    const ids = { requestId: expect.stringMatching(ID), clientRequestId: expect.stringMatching(ID) };
    expect(checksOf(gateway)).toEqual([
      expect.objectContaining({ outcome: expect.stringMatching(/^(NOT_STARTED|RUNNING)$/), ...ids }),
      expect.objectContaining({ outcome: 'listed', ...ids }),
      expect.objectContaining({ outcome: 'unavailable', status: 503, ...ids }),
    ]);
  });

  it('are those of each part of a batch', async () => {
    const gateway = await startSandboxGateway();
    const { sandbox, query } = gateway;
    const [one, other] = [sandbox.begin().location, sandbox.begin().location];
    await query(BOTH, { one: { location: one }, other: { location: other } });
    const checks = checksOf(gateway) as readonly { clientRequestId: string }[];
    expect(checks).toHaveLength(2);
    expect(new Set(checks.map(({ clientRequestId }) => clientRequestId)).size).toBe(2);
    for (const line of checks) expect(line).toMatchObject({ requestId: expect.stringMatching(ID) });
  });

  it('come with an error; ours alone where Graph did not answer', async () => {
    const { sandbox, query, log } = await startSandboxGateway();
    sandbox.fail({ fault: { kind: 'status', status: 403 } });
    const refused = await query(ONE_OPERATION, { ref: { location: sandbox.begin().location } });
    expect(refused.errors[0]?.extensions).toMatchObject({
      requestId: expect.stringMatching(ID),
      clientRequestId: expect.stringMatching(ID),
    });
    sandbox.fail({ fault: { kind: 'body', body: { id: 7 } } });
    const unreadable = await query(ONE_OPERATION, { ref: { location: sandbox.begin().location } });
    expect(unreadable.errors[0]?.extensions).toMatchObject({
      code: 'UPSTREAM_MALFORMED',
      requestId: expect.stringMatching(ID),
    });
    sandbox.fail({ fault: { kind: 'reset' } });
    const broken = await query(ONE_OPERATION, { ref: { location: sandbox.begin().location } });
    const extensions = broken.errors[0]?.extensions;
    expect(extensions).not.toHaveProperty('requestId');
    expect(extensions).toHaveProperty('clientRequestId', expect.stringMatching(ID));
    expect(log.filter(({ event }) => event === 'check').at(-1)?.fields).toMatchObject({
      clientRequestId: extensions?.['clientRequestId'],
    });
  });
});
