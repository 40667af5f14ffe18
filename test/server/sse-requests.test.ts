import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { heard } from '../support/secrets.js';
import { startGateway, type TestGateway } from './start-gateway.js';

const HELLO = '{ __typename }';
const TOLD = '"data":{"__typename":"Query"}';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway.stop();
  expect(gateway.logged.filter(({ level }) => level === 'error')).toEqual([]);
});

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

/** Exactly this and nothing of its own, as little as that may be. */
async function send(path: string, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  const asking = httpRequest(`${gateway.url}/graphql/stream${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    agent: false,
  });
  asking.end(body);
  return new Promise((resolve, reject) => {
    asking.once('error', reject);
    asking.once('response', (answer) => {
      text(answer).then((said) => {
        heard('event stream', said);
        resolve({ status: answer.statusCode, text: said });
      }, reject);
    });
  });
}
const inAddress = (parameters: string): Promise<Answer> => send(parameters, { accept: 'text/event-stream' });
const inBody = (body: string, type = 'application/json'): Promise<Answer> =>
  send('', { accept: 'text/event-stream', 'content-type': type }, body);
const told = { status: 200, text: expect.stringContaining(TOLD) };
const wrong = (message: string, status = 400) => ({
  status,
  text: JSON.stringify({ errors: [{ message, extensions: { code: 'BAD_USER_INPUT' } }] }),
});

describe('a request for an event stream', () => {
  it.each([
    [undefined],
    ['text/event-stream'],
    ['TEXT/Event-Stream'],
    ['text/event-stream;q=0.5; charset=utf-8'],
    ['application/json , text/event-stream'],
    ['text/*'],
    ['*/*;q=0.1'],
  ])('takes one when it accepts %s', async (accept) => {
    const headers = accept === undefined ? {} : { accept };
    expect(await send(`?${new URLSearchParams({ query: HELLO }).toString()}`, headers)).toEqual(told);
  });

  it.each([[''], ['text/plain'], ['text'], ['event-stream/*'], ['application/json, image/*']])(
    'takes none when it accepts "%s"',
    async (accept) => {
      expect(await send(`?${new URLSearchParams({ query: HELLO }).toString()}`, { accept })).toEqual(
        wrong('Events are told here: send `Accept: text/event-stream`.', 406),
      );
    },
  );

  it.each([
    { what: 'nothing but a document', parameters: `query=${HELLO}` },
    { what: 'variables and extensions that are empty', parameters: `query=${HELLO}&variables=&extensions=` },
    { what: 'a question mark among its parameters', parameters: `a=?&query=${HELLO}` },
    { what: 'one of several operations', parameters: 'query=query A { a: __typename } query B { __typename }&operationName=B' }, // prettier-ignore
    { what: 'a variable', parameters: 'query=query ($no: Boolean!) { a: __typename @include(if: $no) __typename }&variables={"no":false}' }, // prettier-ignore
  ])('may have $what in its address', async ({ parameters }) => {
    expect(await inAddress(`?${parameters.replaceAll(' ', '+')}`)).toEqual(told);
  });

  it.each([
    { what: 'nothing but a document', body: { query: HELLO } },
    { what: 'nulls', body: { query: HELLO, operationName: null, variables: null, extensions: null } },
    { what: 'nulls among its extensions', body: { query: HELLO, extensions: { operationId: null } } },
    { what: 'an id, of which nothing is told', body: { query: HELLO, extensions: { operationId: 7 } } },
    { what: 'one of several operations', body: { query: 'query A { a: __typename } query B { __typename }', operationName: 'B' } }, // prettier-ignore
    { what: 'variables that nobody has declared', body: { query: HELLO, variables: { a: 1, __proto__: null } } },
  ])('may have $what in its body', async ({ body }) => {
    expect(await inBody(JSON.stringify(body))).toEqual(told);
  });

  it.each([
    { parameters: 'a=1', message: 'There is no document: `query` is missing.' },
    { parameters: `query=${HELLO}&variables={`, message: '`variables` in the address is not JSON.' },
    { parameters: `query=${HELLO}&variables=5`, message: '`variables` must be an object.' },
    { parameters: `query=${HELLO}&extensions={`, message: '`extensions` in the address is not JSON.' },
    { parameters: `query=${HELLO}&extensions=[]`, message: '`extensions` must be an object.' },
  ])('is told what is wrong with its address: $message', async ({ parameters, message }) => {
    expect(await inAddress(`?${parameters.replaceAll(' ', '+')}`)).toEqual(wrong(message));
  });

  it.each([
    { body: '', message: 'The body is not JSON.' },
    { body: '{', message: 'The body is not JSON.' },
    { body: 'null', message: 'The body must be a JSON object.' },
    { body: '"text"', message: 'The body must be a JSON object.' },
    { body: '[]', message: 'The body must be a JSON object.' },
    { body: '{}', message: 'There is no document: `query` is missing.' },
    { body: '{"query":5}', message: 'There is no document: `query` is missing.' },
    { body: `{"query":"${HELLO}","operationName":5}`, message: '`operationName` must be text.' },
    { body: `{"query":"${HELLO}","variables":"a"}`, message: '`variables` must be an object.' },
    { body: `{"query":"${HELLO}","extensions":[]}`, message: '`extensions` must be an object.' },
    {
      body: `{"query":"${HELLO}","extensions":{"operationId":true}}`,
      message: '`extensions.operationId` must be text of at most 4096 characters.',
    },
  ])('is told what is wrong with its body: $message ($body)', async ({ body, message }) => {
    expect(await inBody(body)).toEqual(wrong(message));
  });

  it('is told of which type its body has to be', async () => {
    const body = JSON.stringify({ query: HELLO });
    const json = 'Send the body as `Content-Type: application/json`.';
    expect(await inBody(body, 'text/plain')).toEqual(wrong(json, 415));
    expect(await send('', { accept: '*/*' }, body)).toEqual(wrong(json, 415));
    expect(await inBody(body, 'application/json; charset=latin1')).toEqual(wrong('The body must be UTF-8.', 415));
    expect(await inBody(body, 'Application/JSON; charset="UTF-8"')).toEqual(told);
  });

  it('may name a document that is not known, and is told that as an event', async () => {
    const persistedQuery = { version: 1, sha256Hash: 'a'.repeat(64) };
    for (const answer of [
      await inBody(JSON.stringify({ documentId: 'unknown' })),
      await inBody(JSON.stringify({ extensions: { persistedQuery } })),
      await inAddress('?documentId=unknown'),
      await inAddress(`?extensions=${encodeURIComponent(JSON.stringify({ persistedQuery }))}`),
    ]) {
      expect(answer.status).toBe(200);
      expect(answer.text).toMatch(/^:\n\nevent: next\ndata: \{"errors":.*\n\nevent: complete\ndata:\n\n$/);
    }
  });
});
