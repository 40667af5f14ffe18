import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readHeaders, type Answer } from '../../src/graph/answer.js';
import { matchParts } from '../../src/graph/batch.js';
import { failureOf } from '../../src/graph/failures.js';
import { createThrottles } from '../../src/graph/throttle.js';
import { isJsonObject } from '../../src/operation/json.js';
import { failureIn } from './readers.js';

/**
 * Answers as Microsoft publishes them, one a file: `{request:{url},response:{status,headers,body}}`. They are not part
 * of the repository; where they lie beside it, they are read.
 */
const SAMPLES = new URL('../../../shared/graph/samples/', import.meta.url);
const present = existsSync(SAMPLES);
if (!present) process.stderr.write(`Published answers are not read: there are none at ${SAMPLES.pathname}\n`);

function readSample(name: string): Answer {
  const sample: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, SAMPLES), 'utf8'));
  const response = isJsonObject(sample) ? sample['response'] : undefined;
  if (!isJsonObject(response) || typeof response['status'] !== 'number') throw new Error(`${name} is no sample.`);
  return { status: response['status'], headers: readHeaders(response['headers']), body: response['body'] };
}

function read(answer: Answer): ReturnType<typeof failureOf> {
  const retryAfterMs = createThrottles(() => 0).hear('/v1.0/teams/a', answer, Date.UTC(2026, 0, 1));
  return failureOf(answer, retryAfterMs, 'token');
}

(present ? describe : describe.skip)('an answer that Microsoft publishes', () => {
  it.each([
    {
      name: 'error-401-bad-token-2019',
      reason: { kind: 'unauthenticated' },
      code: 'InvalidAuthenticationToken',
      requestId: '2f286794-6102-4009-9b50-300118150029',
    },
    {
      name: 'error-401-empty-token',
      reason: { kind: 'unauthenticated' },
      code: 'InvalidAuthenticationToken',
      requestId: 'e6ea1bde-9f04-46a8-9705-824047cfd611',
    },
    { name: 'error-404-export-job', reason: { kind: 'notFound' }, code: 'exportJobNotFound', requestId: 'String' },
    {
      name: 'throttle-429-generic',
      reason: { kind: 'throttled', retryAfterMs: 10_000 },
      code: 'TooManyRequests',
      requestId: '94fb3b52-452a-4535-a601-69e0a90e3aa2',
    },
    {
      name: 'throttle-429-sharepoint-style',
      reason: { kind: 'throttled', retryAfterMs: 41_000 },
      code: 'quota',
      requestId: '01c3bdb8-fbb1-4613-96ad-be961ba99e11',
    },
    {
      name: 'teams-start-archiveChannel-400-v1',
      reason: { kind: 'refused' },
      code: 'BadRequest',
      requestId: '8f897345980-f6f3-49dd-83a8-a3064eeecdf8',
    },
  ])('is read: $name', ({ name, reason, code, requestId }) => {
    expect(read(readSample(name))).toMatchObject({ reason, answer: { code, requestId } });
  });

  it('is read: every failure and every throttle', () => {
    const names = readdirSync(SAMPLES).filter((name) => /^(error|throttle)-.*\.json$/.test(name));

    expect(names).not.toEqual([]);
    for (const name of names) {
      expect(read(readSample(name.replace(/\.json$/, ''))).message).toMatch(
        /^Microsoft Graph answered 4\d\d \(.+\): ./,
      );
    }
  });

  it('is read: a batch of which two parts were refused', () => {
    const batch = readSample('batch-mixed-200');
    const responses = isJsonObject(batch.body) ? batch.body['responses'] : undefined;
    expect(responses).toHaveLength(3);
    // Its parts have the ids of the request that is published with it; ours would be answered under ours.
    const ours = JSON.parse(JSON.stringify(responses).replace(/"id":"(\d)"/g, '"id":"r$1"')) as unknown;
    const parts = matchParts({ ...batch, body: { responses: ours } }, [1, 2, 3]).map(({ part }) => part);

    expect(parts).toMatchObject([{ status: 200 }, { status: 403 }, { status: 403 }]);
    expect(parts.slice(1).map((part) => ('status' in part ? read(part) : failureIn(part)))).toMatchObject([
      { reason: { kind: 'forbidden' }, answer: { requestId: '93b6f17e-c05d-4f45-ad2a-6665c708d8a0' } },
      { reason: { kind: 'forbidden' }, answer: { code: 'Authorization_RequestDenied' } },
    ]);
  });
});
