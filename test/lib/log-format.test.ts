import { errors } from 'undici';
import { pino } from 'pino';
import { describe, expect, it } from '@jest/globals';
import { LOG_FORMAT } from '../../src/lib/log-format.js';
import { GraphError } from '../../src/operation/failure.js';

const PAYLOAD = Buffer.from('{"oid":"of-a-caller"}').toString('base64url');
const JWT = `eyJhbGciOiJSUzI1NiJ9.${PAYLOAD}.c2lnbmF0dXJl`;
const OPAQUE = 'opaque-token-of-a-caller';

/** What the process would write for it. */
function written(fields: object, event = 'something'): string {
  let line = '';
  pino(LOG_FORMAT, { write: (text: string) => void (line += text) }).error(fields, event);
  return line;
}

describe('an error in the log', () => {
  it('is told with its code, its stack and its causes', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const err = new GraphError({ kind: 'unavailable' }, 'Microsoft Graph did not answer.', {}, { cause: refused });
    expect(JSON.parse(written({ err }))).toMatchObject({
      err: {
        type: 'GraphError',
        message: 'Microsoft Graph did not answer.',
        stack: expect.stringContaining('log-format.test'),
        cause: { type: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
      },
      msg: 'something',
    });
  });

  it.each([
    { what: 'the bytes of a request', held: { rawPacket: Buffer.from(`authorization: Bearer ${OPAQUE}`) } },
    { what: 'the headers of a request', held: { request: { headers: { authorization: `Bearer ${OPAQUE}` } } } },
    { what: 'an answer', held: { response: { body: OPAQUE } } },
    { what: 'several errors', held: { errors: [Object.assign(new Error('one'), { token: OPAQUE })] } },
  ])('is told without $what that a library hung on it, or on its cause', ({ held }) => {
    const plain = Object.assign(new Error('it failed'), held);
    for (const err of [plain, new Error('it failed', { cause: plain })]) {
      const line = written({ err });
      expect(line).toContain('it failed');
      for (const form of [OPAQUE, Buffer.from(OPAQUE).toString('base64'), [...Buffer.from(OPAQUE)].join(',')]) {
        expect(line).not.toContain(form);
      }
    }
  });

  it('is told without what undici could not parse', () => {
    const err = Object.assign(new errors.HTTPParserError('Invalid header'), { data: `set-cookie: ${OPAQUE}` });
    expect(written({ err })).toMatch(/Invalid header/);
    expect(written({ err })).not.toContain(OPAQUE);
  });

  it('ends where its causes go in a circle', () => {
    const err = new Error('one');
    err.cause = new Error('two', { cause: err });
    expect(written({ err }).length).toBeLessThan(20_000);
  });

  it.each([OPAQUE, { token: OPAQUE }, undefined])('is told as none where it is none: %j', (err) => {
    expect(written({ err })).not.toContain(OPAQUE);
  });
});

describe('a line of the log', () => {
  it.each([
    `a token ${JWT} in a sentence`,
    `/v1.0/teams/${JWT}/operations/one`,
    `Bearer ${OPAQUE}`,
    `?authorization=bearer%20${OPAQUE}`,
  ])('has no token in it, wherever it was put: %j', (text) => {
    const [field, event] = [written({ text }), written({}, text)];
    for (const line of [field, event]) {
      expect(JSON.parse(line)).toBeTruthy();
      expect(line).toContain('[token]');
      for (const token of [JWT, PAYLOAD, OPAQUE]) expect(line).not.toContain(token);
    }
  });

  it('is left as it is where there is none', () => {
    const text = 'Send the header `Authorization: Bearer …`; the key is in eyJ.';
    expect(JSON.parse(written({ text }))).toMatchObject({ text });
  });
});
