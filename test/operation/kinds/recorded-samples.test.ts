import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { isJsonObject, type JsonObject } from '../../../src/operation/json.js';
import { parseOperationLocation } from '../../../src/operation/location.js';
import { teamsAsyncOperation } from '../../../src/operation/kinds/teams-async-operation.js';

/**
 * Requests and answers as Microsoft's pages and others' recordings have them, each
 * `{ request: { method, url }, response: { status, headers, body } }`. They are not part of this repository.
 */
const SAMPLES = fileURLToPath(new URL('../../../../shared/graph/samples/', import.meta.url));

const GRAPH = new URL('https://graph.microsoft.com');

interface Sample {
  readonly file: string;
  readonly url: string;
  readonly headers: JsonObject;
  readonly body: JsonObject;
}

function readSamples(): Sample[] {
  if (!existsSync(SAMPLES)) return [];
  const files = readdirSync(SAMPLES).filter((file) => file.startsWith('teams-') && file.endsWith('.json'));
  return files.map((file) => {
    const sample: unknown = JSON.parse(readFileSync(SAMPLES + file, 'utf8'));
    const { request, response } = asObject(sample);
    const { headers, body } = asObject(response);
    const { url } = asObject(request);
    return { file, url: typeof url === 'string' ? url : '', headers: asObject(headers), body: asObject(body) };
  });
}

function asObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Operations have an id; Graph's errors and the answers without a body have none. */
function operationsIn({ file, body }: Sample): { file: string; body: JsonObject }[] {
  const bodies: unknown[] = Array.isArray(body['value']) ? body['value'] : [body];
  return bodies.filter(isJsonObject).flatMap((found) => ('id' in found ? { file, body: found } : []));
}

/** Addresses that lead to an operation: in a header of the answer that started it, or of the request that read it. */
function locationsIn({ file, url, headers }: Sample): { file: string; text: string }[] {
  return [headers['Location'], headers['Content-Location'], url]
    .filter((text) => typeof text === 'string')
    .filter((text) => /\/operations[/(][^{]*$/.test(text))
    .map((text) => ({ file, text }));
}

const samples = readSamples();

if (samples.length === 0) {
  describe('a recorded answer of Graph', () => {
    const reason = `not run, since there are no samples in ${SAMPLES}`;
    console.info(`Recorded answers of Graph: ${reason}.`);
    it.skip(reason, () => undefined);
  });
} else {
  describe('a recorded answer of Graph', () => {
    const bodies = samples.flatMap(operationsIn);

    it('is at hand: single operations and an entry of a list', () => {
      expect(bodies.length).toBeGreaterThanOrEqual(5);
    });

    it.each(bodies)('is read as it was written: $file', ({ body }) => {
      const operation = teamsAsyncOperation.decode(body);
      const { createdDateTime, lastActionDateTime, attemptsCount, targetResourceId, targetResourceLocation } = body;

      expect(operation).toMatchObject({
        operationId: body['id'],
        rawStatus: body['status'],
        rawOperationType: body['operationType'],
        ...{ createdDateTime, lastActionDateTime, attemptsCount, targetResourceId, targetResourceLocation },
        error: body['error'],
      });
      expect(operation.status).not.toBe('UNKNOWN_FUTURE_VALUE');
      expect(operation.operationType).not.toBe('UNKNOWN_FUTURE_VALUE');
    });

    it.each(samples.flatMap(locationsIn))('leads to an operation: $text', ({ text }) => {
      const { operationId, host } = parseOperationLocation(text, GRAPH);

      expect(text).toContain(operationId);
      expect(host.hostKind.name).toBe(text.includes('/chats') ? 'chat' : 'team');
    });
  });
}
