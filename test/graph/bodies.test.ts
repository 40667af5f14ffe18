import { describe, expect, it } from '@jest/globals';
import { parseBody } from '../../src/graph/body.js';
import { readItem } from '../../src/graph/item.js';
import { readListPage } from '../../src/graph/list.js';
import { hostOf, refInHost } from '../../src/operation/location.js';
import { operationJson } from './raw-graph.js';
import { kindOf, reasonOf } from './readers.js';

const GRAPH = new URL('https://graph.microsoft.com');
const team = hostOf('team', 'a-team');
const ref = refInHost('team', 'a-team', 'op');

/** What is thrown, or a mark that nothing was. */
function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return 'nothing was thrown';
}

describe('a body', () => {
  it.each([
    { text: '', detail: 'the body is empty' },
    { text: '<html>', detail: 'the body is not JSON' },
    { text: '{"id":', detail: 'the body is not JSON' },
    { text: '['.repeat(100) + ']'.repeat(100), detail: 'the body is nested deeper than 64' },
    { text: '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000), detail: 'the body is nested deeper than 64' },
  ])('is malformed when $detail', ({ text, detail }) => {
    expect(thrownBy(() => parseBody(text, { status: 200 }))).toMatchObject({
      reason: { kind: 'malformed', detail },
      answer: { status: 200 },
    });
  });

  it('that is not JSON is not quoted by the error', () => {
    const error = thrownBy(() => parseBody('confidential', {}));

    expect(error).toMatchObject({ message: "Microsoft Graph's answer cannot be read: the body is not JSON." });
    expect(error).not.toHaveProperty('cause');
  });

  it('may be nested as deep as any of Graph’s', () => {
    expect(thrownBy(() => parseBody('['.repeat(60) + ']'.repeat(60), {}))).toBe('nothing was thrown');
  });
});

describe('an item', () => {
  it('is the operation that was asked for', () => {
    expect(readItem(ref, operationJson('op'))).toMatchObject({ operationId: 'op', state: 'RUNNING' });
  });

  it('may be wrapped in a value, as some of Graph’s examples are', () => {
    const wrapped = { '@odata.context': 'https://…', value: operationJson('op') };

    expect(readItem(ref, wrapped)).toMatchObject({ operationId: 'op', state: 'RUNNING' });
  });

  it('is its own body where it has an id besides an undeclared value', () => {
    expect(readItem(ref, operationJson('op', { value: { id: 'other' } }))).toMatchObject({ operationId: 'op' });
  });

  it.each([
    { body: operationJson('other'), member: /^id/, because: 'it is another operation' },
    { body: operationJson('OP'), member: /^id/, because: 'ids are compared exactly' },
    { body: operationJson('op', { status: undefined }), member: /^status/, because: 'it has no status' },
    { body: { value: [operationJson('op')] }, member: /^status/, because: 'a list is not unwrapped' },
    { body: [operationJson('op')], member: /^body/, because: 'it is an array' },
    { body: undefined, member: /^body/, because: 'there is none' },
    { body: null, member: /^body/, because: 'it is null' },
  ])('is malformed when $because', ({ body, member }) => {
    expect(thrownBy(() => readItem(ref, body))).toMatchObject({
      reason: { kind: 'malformed', detail: expect.stringMatching(member) },
    });
  });

  it('cannot be forged through the prototype', () => {
    const body = parseBody('{"__proto__":{"id":"op","status":"succeeded"},"id":"op"}', {});

    expect(kindOf(thrownBy(() => readItem(ref, body)))).toBe('malformed');
    expect({}).not.toHaveProperty('status');
  });
});

describe('a page of a list', () => {
  it.each(['\ud800', '.', '..', 'a/b', 'a\\b'])('has an entry of its own for an id that no path can hold: %j', (id) => {
    const value = [
      { id, status: 'inProgress' },
      { id: 'good', status: 'inProgress' },
    ];
    const { operations } = readListPage(team, { value }, GRAPH);
    expect(operations).toMatchObject([{ reason: { kind: 'malformed' } }, { operationId: 'good' }]);
  });

  it('is refused when it has more entries than any page of Graph', () => {
    const value = Array.from({ length: 5_001 }, (_, nth) => ({ id: `${nth}`, status: 'inProgress' }));
    expect(thrownBy(() => readListPage(team, { value }, GRAPH))).toMatchObject({ reason: { kind: 'malformed' } });
  });

  it('gives every entry, and the error of one that cannot be read in its place', () => {
    const value = [operationJson('one'), operationJson('two', { status: 7 }), null, operationJson('four')];
    const { operations, nextLink } = readListPage(team, { '@odata.count': 4, value }, GRAPH);

    expect(operations.map(reasonOf)).toEqual([
      expect.objectContaining({ operationId: 'one' }),
      { kind: 'malformed', detail: expect.stringMatching(/^status/) },
      { kind: 'malformed', detail: 'value[2] should be an object and is null' },
      expect.objectContaining({ operationId: 'four' }),
    ]);
    expect(nextLink).toBeNull();
  });

  it.each([
    { link: 'https://graph.microsoft.com/v1.0/teams/a-team/operations?$skiptoken=x%3D', because: 'it is Graph’s own' },
    {
      link: "https://graph.microsoft.com/v1.0/teams('a-team')/operations?$skiptoken=x%3D",
      because: 'keys may be quoted',
    },
    { link: '/v1.0/teams/a-team/operations?$skiptoken=x%3D', because: 'it may be relative' },
  ])('leads on to the next one: $because', ({ link }) => {
    expect(readListPage(team, { value: [], '@odata.nextLink': link }, GRAPH).nextLink).toBe(
      '/v1.0/teams/a-team/operations?$skiptoken=x%3D',
    );
  });

  it.each([
    { link: 'https://graph.example.com/v1.0/teams/a-team/operations?$skip=1', because: 'it is on a foreign host' },
    { link: '//graph.example.com/v1.0/teams/a-team/operations?$skip=1', because: 'it is on a foreign host too' },
    { link: 'http://graph.microsoft.com/v1.0/teams/a-team/operations', because: 'it is not encrypted' },
    { link: 'https://graph.microsoft.com@evil.example/v1.0/teams/a-team/operations', because: 'it hides its host' },
    { link: 'https://graph.microsoft.com/v1.0/teams/another/operations', because: 'it leads to another team' },
    { link: 'https://graph.microsoft.com/v1.0/me/messages', because: 'it leads to something else' },
    { link: 'https://graph.microsoft.com/v1.0/teams/a-team/operations?a b', because: 'it cannot be sent' },
    { link: 'https://graph.microsoft.com/v1.0/teams/a-team/operations?ключ', because: 'it is not encoded' },
    { link: 7, because: 'it is no text' },
  ])('is malformed when its next link cannot be followed: $because', ({ link }) => {
    expect(thrownBy(() => readListPage(team, { value: [], '@odata.nextLink': link }, GRAPH))).toMatchObject({
      reason: { kind: 'malformed', detail: expect.stringContaining('@odata.nextLink') },
    });
  });

  it.each([{}, { value: {} }, { value: null }, { value: 'none' }])('is malformed without its value: %j', (body) => {
    expect(thrownBy(() => readListPage(team, body, GRAPH))).toMatchObject({
      reason: { kind: 'malformed', detail: expect.stringMatching(/^value should be an array/) },
    });
  });
});
