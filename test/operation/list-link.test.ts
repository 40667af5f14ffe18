import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { InputError } from '../../src/operation/failure.js';
import { hostOf, parseListLink } from '../../src/operation/location.js';
import { anyText } from './arbitraries.js';
import { errorOf } from './error-of.js';
import { runs } from '../support/runs.js';

const GRAPH = new URL('https://graph.microsoft.com');
const team = hostOf('team', 'T');
const chat = hostOf('chat', '19:c@thread.v2');

const LIST = '/v1.0/teams/T/operations';
const CHAT_LIST = '/beta/chats/19%3Ac%40thread.v2/operations';

describe('a link to a further page', () => {
  it.each([
    { link: `https://graph.microsoft.com${LIST}?$skiptoken=abc`, path: `${LIST}?$skiptoken=abc` },
    { link: "https://graph.microsoft.com/v1.0/teams('T')/operations?$skip=20", path: `${LIST}?$skip=20` },
    { link: 'https://graph.microsoft.com/v1.0/groups/T/team/operations?$skip=20', path: `${LIST}?$skip=20` },
    { link: `${LIST}?%24skiptoken=a%2Fb%2B%3D&$top=5`, path: `${LIST}?%24skiptoken=a%2Fb%2B%3D&$top=5` },
    { link: `${LIST}?$skiptoken=a/../b?c=//d`, path: `${LIST}?$skiptoken=a/../b?c=//d` },
    { link: `https://graph.microsoft.com${LIST}`, path: LIST },
  ])('gives the same list with the query as Graph wrote it: $link', ({ link, path }) => {
    expect(parseListLink(link, team, GRAPH)).toBe(path);
  });

  it.each([
    `https://graph.microsoft.com/beta/chats/19:c@thread.v2/operations?$skiptoken=x`,
    `https://graph.microsoft.com/beta/chats('19%3Ac%40thread.v2')/operations?$skiptoken=x`,
    `https://graph.microsoft.com/beta/me/chats/19:c@thread.v2/operations?$skiptoken=x`,
  ])('gives the list of a chat from %s', (link) => {
    expect(parseListLink(link, chat, GRAPH)).toBe(`${CHAT_LIST}?$skiptoken=x`);
  });

  it('may stand below a root with a path', () => {
    const root = new URL('https://proxy.example/graph');

    expect(parseListLink(`https://proxy.example/graph${LIST}?$skip=1`, team, root)).toBe(`${LIST}?$skip=1`);
    expect(() => parseListLink(`https://proxy.example${LIST}?$skip=1`, team, root)).toThrow(InputError);
  });

  it('may carry a long token', () => {
    const query = `?$skiptoken=${'A'.repeat(4_000)}`;

    expect(parseListLink(LIST + query, team, GRAPH)).toBe(LIST + query);
  });

  it.each([
    { link: `https://evil.test${LIST}?$skip=1`, is: 'a foreign host' },
    { link: `//evil.test${LIST}?$skip=1`, is: 'a foreign host without scheme' },
    { link: `https://graph.microsoft.com@evil.test${LIST}?$skip=1`, is: 'the right host as a user name' },
    { link: `https://evil.test?https://graph.microsoft.com${LIST}`, is: 'a foreign host with ours in the query' },
    { link: `http://graph.microsoft.com${LIST}?$skip=1`, is: 'another scheme' },
    { link: `https://graph.microsoft.us${LIST}?$skip=1`, is: 'another cloud' },
    { link: '/v1.0/teams/U/operations?$skip=1', is: 'another team' },
    { link: '/v1.0/teams/t/operations?$skip=1', is: 'another team, whose id has other letters' },
    { link: `${CHAT_LIST}?$skip=1`, is: 'a chat' },
    { link: '/v1.0/teams/T/channels?$skip=1', is: 'another list of the team' },
    { link: '/v1.0/teams/T?$skip=1', is: 'the team itself' },
    { link: `${LIST}/O?$skip=1`, is: 'an operation on the list' },
    { link: '/v1.0/teams/T/../U/operations?$skip=1', is: 'a step up' },
    { link: '/v1.0/users?$skip=1', is: 'another path' },
    { link: '?$skip=1', is: 'a query alone' },
    { link: '', is: 'nothing' },
    { link: `${LIST}?$skip=1#x`, is: 'a fragment' },
    { link: `${LIST}#?$skip=1`, is: 'a fragment before the query' },
    { link: `${LIST}?$skip=1 HTTP/1.1`, is: 'a blank in the query' },
    { link: `${LIST}?$skip=1\r\nHost: evil.test`, is: 'a line end in the query' },
    { link: `${LIST}?$skip=\u0001`, is: 'a control character in the query' },
    { link: `${LIST}?$skip=\\`, is: 'a backslash in the query' },
    { link: `${LIST}?$skiptoken=é`, is: 'a letter that no request line can hold' },
    { link: `${LIST}?$skiptoken=${'A'.repeat(9_000)}`, is: 'a query without end' },
  ])('is refused for $is', ({ link }) => {
    expect(errorOf(() => parseListLink(link, team, GRAPH))).toBeInstanceOf(InputError);
  });

  it('leads to the list of its host or nowhere, whatever is written', () => {
    let taken = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          anyText.map((text) => `${LIST}?${text}`),
        ),
        (link) => {
          let path: string;
          try {
            path = parseListLink(link, team, GRAPH);
          } catch (error) {
            if (!(error instanceof InputError)) throw error; // an `expect` takes longer than all else here
            return;
          }
          taken++;
          const url = new URL(`https://graph.microsoft.com${path}`);

          expect(url.origin + url.pathname).toBe(`https://graph.microsoft.com${LIST}`);
          expect(path.slice(LIST.length)).toMatch(/^(?:\?[!-~]*)?$/);
        },
      ),
      { numRuns: runs(10_000) },
    );
    expect(taken).toBeGreaterThan(20); // else this looked at refusals alone
  });
});
