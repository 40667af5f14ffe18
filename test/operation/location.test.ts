import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { InputError } from '../../src/operation/failure.js';
import { hostOf, parseHostLocation, parseOperationLocation, refInHost } from '../../src/operation/location.js';
import { listPath, type OperationRef } from '../../src/operation/ref.js';
import { anyText, legalKey } from './arbitraries.js';
import { errorOf } from './error-of.js';
import { runs } from '../support/runs.js';

const GRAPH = new URL('https://graph.microsoft.com');

const T = 'fa4aa5a2-a75b-4769-86f4-9e2742a18fda';
const O = '86cfb3a3-4860-4a28-ad9f-ebe01d7523c8';
const TEAM_OPERATION = `/v1.0/teams/${T}/operations/${O}`;

const CHAT = '19:82fe7758-5bb3-4f0d-a43f-e555fd399c6f_bfb5bb25-3a8d-487d-9828-7875ced51a30@unq.gbl.spaces';
const CHAT_ENCODED = '19%3A82fe7758-5bb3-4f0d-a43f-e555fd399c6f_bfb5bb25-3a8d-487d-9828-7875ced51a30%40unq.gbl.spaces';
const CHAT_OPERATION = `/beta/chats/${CHAT_ENCODED}/operations/${O}-${T}-${O}`;

const parse = (text: string, root = GRAPH): OperationRef => parseOperationLocation(text, root);

describe('the location of a team operation', () => {
  it.each([
    { form: 'quoted keys', text: `/teams('${T}')/operations('${O}')` },
    { form: 'bare keys', text: `/teams(${T})/operations(${O})` },
    { form: 'slash keys', text: `/teams/${T}/operations/${O}` },
    { form: 'named keys', text: `/teams(id='${T}')/operations(id='${O}')` },
    { form: 'mixed keys', text: `/teams/${T}/operations('${O}')` },
    { form: 'quotes encoded', text: `/teams(%27${T}%27)/operations(%27${O}%27)` },
    { form: 'no slash in front', text: `teams/${T}/operations/${O}` },
    { form: 'v1.0', text: `/v1.0/teams('${T}')/operations('${O}')` },
    { form: 'beta, which reads the same team', text: `/beta/teams/${T}/operations/${O}` },
    { form: 'words in another case', text: `/V1.0/Teams('${T}')/Operations('${O}')` },
    { form: 'words encoded', text: `/%74eams/${T}/oper%61tions/${O}` },
    { form: 'keys encoded', text: `/teams/${T.replaceAll('-', '%2D')}/operations/${O.replaceAll('-', '%2d')}` },
    { form: 'blanks around', text: `  /teams/${T}/operations/${O} ` },
    { form: 'its group', text: `/groups/${T}/team/operations/${O}` },
    { form: 'its group, quoted', text: `/v1.0/groups('${T}')/team/operations('${O}')` },
    { form: 'its group in beta', text: `/beta/groups/${T}/team/operations/${O}` },
    { form: 'a member', text: `/users/megan@contoso.com/joinedTeams/${T}/operations/${O}` },
    { form: 'a member, quoted', text: `/v1.0/users('megan%40contoso.com')/joinedTeams('${T}')/operations('${O}')` },
    { form: 'myself', text: `/me/joinedTeams/${T}/operations/${O}` },
    { form: 'an absolute address', text: `https://graph.microsoft.com/v1.0/teams('${T}')/operations('${O}')` },
    { form: 'an absolute address without version', text: `https://graph.microsoft.com/teams/${T}/operations/${O}` },
    { form: 'the port that goes without saying', text: `https://graph.microsoft.com:443${TEAM_OPERATION}` },
    { form: 'a host in capitals', text: `HTTPS://Graph.Microsoft.COM${TEAM_OPERATION}` },
    { form: 'a host without scheme', text: `//graph.microsoft.com${TEAM_OPERATION}` },
    { form: 'a Location line', text: `Location: /teams('${T}')/operations('${O}')` },
    { form: 'a Content-Location line', text: `content-location: /teams/${T}/operations/${O}` },
    { form: 'an Operation-Location line', text: `Operation-Location:https://graph.microsoft.com${TEAM_OPERATION}` },
  ])('is one, written with $form', ({ text }) => {
    const ref = parse(text);

    expect(ref.location).toBe(TEAM_OPERATION);
    expect(ref.operationId).toBe(O);
    expect(ref.host.location).toBe(`/v1.0/teams/${T}`);
    expect(ref.host.hostKind.name).toBe('team');
    expect(ref.host.kind.name).toBe('teamsAsyncOperation');
  });

  it.each([
    { id: '00000000-0000-0000-0000-000000000000', because: 'an example of create-team has it' },
    { id: 'Pojn274d-b798-47e8-8763-04724922aaf8', because: 'ids are opaque, no hexadecimal is asked for' },
    { id: 'contentTypeCopy,0x0101', because: 'other operations have ids with commas' },
    { id: "O'Brien", because: 'a quote is doubled inside quotes' },
    { id: 'a(b)', because: 'parentheses of a key are its own' },
    { id: '(a)b', because: 'those that do not go around it likewise' },
    { id: 'a..b', because: 'dots inside a key lead nowhere' },
  ])('takes the id $id: $because', ({ id }) => {
    const quoted = parse(`/teams('${T}')/operations('${id.replaceAll("'", "''")}')`);

    expect(quoted.operationId).toBe(id);
    expect(quoted.location).toBe(refInHost('team', T, id).location);
    expect(parse(quoted.location)).toEqual(quoted);
  });

  it('keeps the case of an id, which is opaque', () => {
    expect(parse('/teams/Abc/operations/xYz').location).toBe('/v1.0/teams/Abc/operations/xYz');
  });
});

describe('the location of a chat operation', () => {
  const id = `${O}-${T}-${O}`;

  it.each([
    { form: 'quoted keys', text: `/chats('${CHAT}')/operations('${id}')` },
    { form: 'bare keys', text: `/chats(${CHAT})/operations(${id})` },
    { form: 'slash keys', text: `/chats/${CHAT}/operations/${id}` },
    { form: 'an encoded key', text: `/chats/${CHAT_ENCODED}/operations/${id}` },
    { form: 'an encoded key in quotes', text: `/chats('${CHAT_ENCODED}')/operations('${id}')` },
    { form: 'encoding in small letters', text: `/chats/${CHAT_ENCODED.replace('%3A', '%3a')}/operations/${id}` },
    { form: 'its version', text: `/beta/chats/${CHAT}/operations/${id}` },
    { form: 'an absolute address', text: `https://graph.microsoft.com/beta/chats/${CHAT}/operations/${id}` },
    { form: 'a member', text: `/users/megan@contoso.com/chats/${CHAT}/operations/${id}` },
    { form: 'myself', text: `/beta/me/chats('${CHAT}')/operations('${id}')` },
    { form: 'a Location line', text: `Location: /chats('${CHAT}')/operations('${id}')` },
  ])('is one, written with $form', ({ text }) => {
    const ref = parse(text);

    expect(ref.location).toBe(CHAT_OPERATION);
    expect(ref.operationId).toBe(id);
    expect(ref.host.location).toBe(`/beta/chats/${CHAT_ENCODED}`);
    expect(ref.host.hostKind.name).toBe('chat');
  });

  it.each([
    { text: `/v1.0/chats/${CHAT}/operations/${O}`, because: 'chats have operations in beta only' },
    { text: `/v1.0/me/chats('${CHAT}')/operations('${O}')`, because: 'through me likewise' },
  ])('is refused in v1.0, telling the right one: $because', ({ text }) => {
    const error = errorOf(() => parse(text));

    expect(error).toBeInstanceOf(InputError);
    expect(error).toHaveProperty(
      'message',
      `Microsoft Graph v1.0 has no operations at such a path: leave the version out, ` +
        `or begin with /beta/chats/${CHAT_ENCODED} for this chat.`,
    );
  });
});

describe('the location of an operation', () => {
  it('may go through a joined team in v1.0 only, and a refusal tells so', () => {
    expect(() => parse(`/beta/me/joinedTeams/${T}/operations/${O}`)).toThrow(
      `leave the version out, or begin with /v1.0/teams/${T} for this team`,
    );
  });

  it.each([
    {
      text: '/teamTemplateDefinition/D/teamDefinition/operations/O',
      location: '/beta/teamTemplateDefinition/D/teamDefinition/operations/O',
    },
    {
      text: "/beta/teamwork/teamTemplates('P')/definitions('D')/teamDefinition/operations('O')",
      location: '/beta/teamwork/teamTemplates/P/definitions/D/teamDefinition/operations/O',
    },
  ])('may be below a team template: $location', ({ text, location }) => {
    expect(parse(text).location).toBe(location);
  });

  it.each([
    'https://graph.microsoft.com',
    'https://graph.microsoft.us',
    'https://dod-graph.microsoft.us',
    'https://microsoftgraph.chinacloudapi.cn',
    'http://127.0.0.1:4010',
    'https://proxy.example/graph',
    'https://proxy.example/graph/',
    'https://proxy.example:8443/a/b',
  ])('may be absolute on the root of its own cloud, %s', (root) => {
    const absolute = root.replace(/\/$/, '') + TEAM_OPERATION;

    expect(parse(absolute, new URL(root)).location).toBe(TEAM_OPERATION);
  });

  it.each([
    { root: 'https://graph.microsoft.us', text: `https://graph.microsoft.com${TEAM_OPERATION}`, is: 'another cloud' },
    { root: 'https://proxy.example/graph', text: `https://proxy.example${TEAM_OPERATION}`, is: 'beside the root' },
    {
      root: 'https://proxy.example/graph',
      text: `https://proxy.example/graphite${TEAM_OPERATION}`,
      is: 'a look-alike',
    },
    {
      root: 'https://proxy.example/graph',
      text: `https://proxy.example/graph/..${TEAM_OPERATION}`,
      is: 'above the root',
    },
  ])('is refused on what is not the root $root: $is', ({ root, text }) => {
    expect(errorOf(() => parse(text, new URL(root)))).toBeInstanceOf(InputError);
  });

  it.each([
    { text: `https://evil.test${TEAM_OPERATION}`, is: 'a foreign host' },
    { text: `//evil.test${TEAM_OPERATION}`, is: 'a foreign host without scheme' },
    { text: `///evil.test${TEAM_OPERATION}`, is: 'an empty host' },
    { text: `https:///graph.microsoft.com${TEAM_OPERATION}`, is: 'an empty host before the right one' },
    { text: `https://graph.microsoft.com@evil.test${TEAM_OPERATION}`, is: 'the right host as a user name' },
    { text: `https://evil.test@graph.microsoft.com${TEAM_OPERATION}`, is: 'a user name on the right host' },
    { text: `https://graph.microsoft.com:x@evil.test${TEAM_OPERATION}`, is: 'user and password' },
    { text: `https://graph.microsoft.com:8443${TEAM_OPERATION}`, is: 'another port' },
    { text: `http://graph.microsoft.com${TEAM_OPERATION}`, is: 'another scheme' },
    { text: `ftp://graph.microsoft.com${TEAM_OPERATION}`, is: 'a scheme that is not of the web' },
    { text: `javascript://graph.microsoft.com${TEAM_OPERATION}`, is: 'a scheme that runs' },
    { text: `blob:https://graph.microsoft.com${TEAM_OPERATION}`, is: 'a scheme around the right one' },
    { text: `https://graph.microsoft.com.evil.test${TEAM_OPERATION}`, is: 'a look-alike with a suffix' },
    { text: `https://evilgraph.microsoft.com${TEAM_OPERATION}`, is: 'a look-alike with a prefix' },
    { text: `https://graph.microsoft.com.${TEAM_OPERATION}`, is: 'a dot at the end of the host' },
    { text: `https://graph.microsoft.com%2eevil.test${TEAM_OPERATION}`, is: 'an encoded dot in the host' },
    { text: `https://gr\u0430ph.microsoft.com${TEAM_OPERATION}`, is: 'a Cyrillic letter in the host' },
    { text: `https://[::1]${TEAM_OPERATION}`, is: 'an address' },
    { text: `https://:443${TEAM_OPERATION}`, is: 'a port without host' },
    { text: `https:/graph.microsoft.com${TEAM_OPERATION}`, is: 'a scheme with one slash' },
    { text: `\\\\evil.test${TEAM_OPERATION}`, is: 'backslashes for slashes' },
    { text: `/\\evil.test${TEAM_OPERATION}`, is: 'a slash and a backslash' },
    { text: `https:\\\\graph.microsoft.com${TEAM_OPERATION}`, is: 'backslashes after the scheme' },
    { text: `Location: //evil.test${TEAM_OPERATION}`, is: 'a foreign host behind a header name' },
    { text: `location://evil.test${TEAM_OPERATION}`, is: 'a header name for a scheme' },
  ])('is refused elsewhere: $is', ({ text }) => {
    expect(errorOf(() => parse(text))).toBeInstanceOf(InputError);
  });

  it.each([
    { text: '', is: 'nothing' },
    { text: '/', is: 'the root' },
    { text: '/v1.0', is: 'a version' },
    { text: `/teams('${T}')`, is: 'a team alone, the Content-Location of create-team' },
    { text: `/v1.0/teams/${T}`, is: 'a team alone with its version' },
    { text: `/teams/${T}/operations`, is: 'a list' },
    { text: `/teams/${T}/operations/$count`, is: 'the number of a list' },
    { text: `/teams/${T}/operations/%24count`, is: 'the number of a list, encoded' },
    { text: `/teams/${T}/operations/`, is: 'a list with a slash behind' },
    { text: `${TEAM_OPERATION}/`, is: 'a slash behind' },
    { text: `${TEAM_OPERATION}/status`, is: 'something below it' },
    { text: `/teams/${T}/channels/${O}`, is: 'a channel' },
    { text: `/v1.0/teams/${T}/channels/${O}`, is: 'a channel with its version' },
    { text: `/groups/${T}/operations/${O}`, is: 'a group, which has none' },
    { text: `/users/me/operations/${O}`, is: 'a user, who has none' },
    { text: `/v2.0/teams/${T}/operations/${O}`, is: 'a version that does not exist' },
    { text: `/v1.0/v1.0/teams/${T}/operations/${O}`, is: 'two versions' },
    { text: '/$batch', is: 'another path' },
    { text: `/teams${T}/operations(${O})`, is: 'a slip of an older page' },
    { text: `/teams('${T}'/operations('${O}')`, is: 'a parenthesis that stays open' },
    { text: `/teams('${T})/operations('${O}')`, is: 'a quote that stays open' },
    { text: `/teams('a'b')/operations('${O}')`, is: 'a quote inside that is not doubled' },
    { text: `/teams('')/operations('${O}')`, is: 'an empty key in quotes' },
    { text: `/teams()/operations('${O}')`, is: 'an empty key in parentheses' },
    { text: `/teams//operations/${O}`, is: 'an empty key' },
    { text: `/teams/${T}//operations/${O}`, is: 'an empty segment' },
    { text: `/me('joinedTeams')/${T}/operations/${O}`, is: 'a word where a key stands' },
    { text: `/beta('teams')/${T}/operations/${O}`, is: 'a version with a key' },
    { text: `/teams/abc('operations')/${O}`, is: 'a key with a key' },
    { text: `/teams%2F${T}%2Foperations%2F${O}`, is: 'slashes that are encoded' },
    { text: `/teams%28%27${T}%27%29/operations/${O}`, is: 'parentheses that are encoded, and so no syntax' },
    { text: `/teams/('${T}')/operations/${O}`, is: 'a slash before a key in quotes' },
    { text: `/teams/${T}/operations/('${O}')`, is: 'a slash before the last key in quotes' },
    { text: `/teams/(${T})/operations/(${O})`, is: 'a slash before keys in parentheses' },
    { text: `/teams/('${T}/operations/${O}`, is: 'a slash before a key in quotes that stay open' },
    { text: `/teams/%28%27${T}%27%29/operations/${O}`, is: 'a key in quotes that are encoded' },
    { text: `${TEAM_OPERATION}?$select=id`, is: 'a query' },
    { text: `${TEAM_OPERATION}#top`, is: 'a fragment' },
    { text: `/teams/${T}\\operations\\${O}`, is: 'backslashes' },
    { text: `/teams/../users/operations/${O}`, is: 'a step up' },
    { text: `/teams/${T}/../${T}/operations/${O}`, is: 'a step up and down' },
    { text: `/teams/./operations/${O}`, is: 'a step nowhere' },
    { text: `/teams/../operations/${O}`, is: 'a step up for a key' },
    { text: `/teams('..')/operations('${O}')`, is: 'a step up in quotes' },
    { text: `/teams/%2e%2e/operations/${O}`, is: 'an encoded step up' },
    { text: `/teams/.%2E/operations/${O}`, is: 'a half encoded step up' },
    { text: `/teams/${T}/operations/..`, is: 'a step up at the end' },
    { text: `/teams/${T}/operations/%2E%2e`, is: 'an encoded step up at the end' },
    { text: `/teams/..%2F..%2Fusers/operations/${O}`, is: 'an encoded slash in a key' },
    { text: `/teams('..%2fusers')/operations('${O}')`, is: 'an encoded slash in quotes' },
    { text: `/teams/a%5Cb/operations/${O}`, is: 'an encoded backslash' },
    { text: `/teams/%252e%252e/operations/${O}`, is: 'a step up encoded twice' },
    { text: `/teams/a%252Fb/operations/${O}`, is: 'a slash encoded twice' },
    { text: `/teams/a%253Fb/operations/${O}`, is: 'a question mark encoded twice' },
    { text: `/teams/a%3Fb/operations/${O}`, is: 'an encoded question mark' },
    { text: `/teams/a%23b/operations/${O}`, is: 'an encoded number sign' },
    { text: `/teams/a%00b/operations/${O}`, is: 'an encoded null character' },
    { text: `/teams/a%0D%0AHost:evil/operations/${O}`, is: 'encoded line ends' },
    { text: `/teams('a%0Ab')/operations('${O}')`, is: 'an encoded line end in quotes' },
    { text: `/teams/a%20b/operations/${O}`, is: 'an encoded blank' },
    { text: `/teams/a%C2%A0b/operations/${O}`, is: 'an encoded hard blank' },
    { text: `/teams/a%E2%80%A8b/operations/${O}`, is: 'an encoded line separator' },
    { text: `/teams/a%7Fb/operations/${O}`, is: 'an encoded DEL' },
    { text: `/teams/a%C2%85b/operations/${O}`, is: 'an encoded C1 control' },
    { text: `/teams/a\u0000b/operations/${O}`, is: 'a null character' },
    { text: `/teams/a\r\nb/operations/${O}`, is: 'line ends' },
    { text: `${TEAM_OPERATION}\nHost: evil.test`, is: 'a further line' },
    { text: `/teams/a b/operations/${O}`, is: 'a blank' },
    { text: `/teams/%zz/operations/${O}`, is: 'what is no percent-encoding' },
    { text: `/teams/100%/operations/${O}`, is: 'a lone percent sign' },
    { text: `/teams/%C3/operations/${O}`, is: 'half of a character' },
    { text: `/teams/%ED%A0%80/operations/${O}`, is: 'an encoded half surrogate' },
    { text: `/teams/\ud800/operations/${O}`, is: 'a half surrogate' },
    { text: `/teams/${T}/operations/\udc00`, is: 'a half surrogate at the end' },
    { text: `/teams/%C0%AE%C0%AE/operations/${O}`, is: 'dots in overlong UTF-8' },
    { text: `/teams/${'a'.repeat(513)}/operations/${O}`, is: 'a key that is too long' },
    { text: `/teams/${'é'.repeat(86)}/operations/${O}`, is: 'a key that is too long once encoded' },
    { text: `/teams/${T}/operations/${'0'.repeat(2_048)}`, is: 'a text that is too long' },
  ])('is refused for $is', ({ text }) => {
    expect(errorOf(() => parse(text))).toBeInstanceOf(InputError);
  });

  it('is as long as three keys of the greatest length', () => {
    const longest = 'a'.repeat(512);
    const ref = parse(`/users/${longest}/joinedTeams/${longest}/operations/${longest}`);

    expect(ref.location).toBe(`/v1.0/teams/${longest}/operations/${longest}`);
  });

  it.each([
    { text: `/teams('${T}')`, says: "Give the Location header of the 202 as it came, for example /teams('{id}')" },
    { text: `/v1.0/teams/${T}/channels/${O}`, says: 'is not the location of an operation' },
    { text: `https://evil.test${TEAM_OPERATION}`, says: 'must be on https://graph.microsoft.com,' },
    { text: `${TEAM_OPERATION}?$select=id`, says: 'no query' },
    { text: `/teams/%zz/operations/${O}`, says: '"%zz" is not valid percent-encoding' },
    { text: `/teams/a%20b/operations/${O}`, says: 'team-id holds " "' },
    { text: `/teams/${T}/operations/%2e%2e`, says: 'the id of the operation must be text of 1 to 512 characters' },
    { text: `/teams('${T})/operations/${O}`, says: 'do not match' },
    { text: `/teams/('${T}')/operations/('${O}')`, says: `team-id is "('${T}')": parentheses and quotes around an id` },
    { text: `/teams/${T}/operations/('${O}')`, says: "follow the word without a slash: teams('{id}') or teams/{id}" },
    { text: 'x'.repeat(3_000), says: 'has at most 2048 characters; this one has 3000' },
  ])('is refused with a sentence that helps: $says', ({ text, says }) => {
    expect(() => parse(text)).toThrow(says);
  });

  it('reads back what it prints, for every id that Graph could make', () => {
    fc.assert(
      fc.property(fc.constantFrom('team', 'chat', 'teamDefinition'), legalKey, legalKey, (hostName, hostId, id) => {
        const ref = refInHost(hostName, hostId, id);

        expect(parse(ref.location)).toEqual(ref);
        expect(parse(`https://graph.microsoft.com${ref.location}`)).toEqual(ref);
        expect(parseHostLocation(ref.host.location, GRAPH)).toEqual(ref.host);
      }),
      { numRuns: runs(2_000) },
    );
  });

  it('is the same in every syntax of its keys, for every id that Graph could make', () => {
    fc.assert(
      fc.property(legalKey, legalKey, (hostId, id) => {
        const inQuotes = (key: string): string => `('${encodeURIComponent(key).replaceAll("'", "''")}')`;
        const { location } = refInHost('team', hostId, id);

        expect(parse(`/teams${inQuotes(hostId)}/operations${inQuotes(id)}`).location).toBe(location);
        expect(parse(`/groups${inQuotes(hostId)}/team/operations${inQuotes(id)}`).location).toBe(location);
      }),
      { numRuns: runs(2_000) },
    );
  });

  it('never leads out of its template, whatever is written, and what is refused is refused as input', () => {
    let taken = 0;
    fc.assert(
      fc.property(anyText, (text) => {
        let ref: OperationRef;
        try {
          ref = parse(text);
        } catch (error) {
          if (!(error instanceof InputError)) throw error; // an `expect` takes longer than all else here
          return;
        }
        taken++;
        const { version, path, collection } = ref.host.hostKind;
        const template = `/${version}${path}/${collection}/{operation-id}`.split('/');
        const segments = ref.location.split('/');

        expect(segments).toHaveLength(template.length);
        expect(new URL(`https://graph.microsoft.com${ref.location}`).pathname).toBe(ref.location);
        for (const [at, part] of template.entries()) {
          const segment = decodeURIComponent(segments[at] ?? '');
          if (part.startsWith('{')) expect(segment).toMatch(/^(?!\.{1,2}$)[^/\\%?#\p{Cc}]+$/u);
          else expect(segment).toBe(part);
        }
      }),
      { numRuns: runs(20_000) },
    );
    expect(taken).toBeGreaterThan(20); // else this looked at refusals alone
  });
});

describe('the location of a host', () => {
  it.each([
    { text: `/teams/${T}`, location: `/v1.0/teams/${T}` },
    { text: `/teams('${T}')`, location: `/v1.0/teams/${T}` },
    { text: `/groups/${T}/team`, location: `/v1.0/teams/${T}` },
    { text: `/beta/groups('${T}')/team/operations`, location: `/v1.0/teams/${T}` },
    { text: `https://graph.microsoft.com/v1.0/teams/${T}/operations`, location: `/v1.0/teams/${T}` },
    { text: `Content-Location: /teams('${T}')`, location: `/v1.0/teams/${T}` },
    { text: `/chats/${CHAT}`, location: `/beta/chats/${CHAT_ENCODED}` },
    { text: `/me/chats('${CHAT_ENCODED}')/operations`, location: `/beta/chats/${CHAT_ENCODED}` },
  ])('is read from $text', ({ text, location }) => {
    expect(parseHostLocation(text, GRAPH).location).toBe(location);
  });

  it.each([
    { text: TEAM_OPERATION, is: 'an operation' },
    { text: `/groups/${T}`, is: 'a group' },
    { text: `/teams/${T}/channels`, is: 'another list' },
    { text: '/teams', is: 'all teams' },
    { text: `https://evil.test/v1.0/teams/${T}`, is: 'a foreign host' },
    { text: `/teams/${T}/operations?$top=5`, is: 'a query' },
  ])('is refused for $is', ({ text }) => {
    expect(errorOf(() => parseHostLocation(text, GRAPH))).toBeInstanceOf(InputError);
  });

  it('is refused in a version that has none, telling the right one', () => {
    expect(() => parseHostLocation('/v1.0/chats/C/operations', GRAPH)).toThrow(
      'begin with /beta/chats/C for this chat',
    );
  });

  it('leads to the list of its operations', () => {
    expect(listPath(parseHostLocation(`/chats('${CHAT}')`, GRAPH))).toBe(`/beta/chats/${CHAT_ENCODED}/operations`);
  });
});

describe('an operation named by its host and its id', () => {
  it('is the one that its location names', () => {
    expect(refInHost('team', T, O)).toEqual(parse(TEAM_OPERATION));
    expect(refInHost('chat', CHAT, `${O}-${T}-${O}`)).toEqual(parse(CHAT_OPERATION));
  });

  it.each([
    '',
    '.',
    '..',
    'a/b',
    'a\\b',
    'a%2Fb',
    'a?b',
    'a#b',
    'a b',
    'a\nb',
    '\ud800',
    "('a')",
    '(a)',
    'a'.repeat(513),
  ])('is refused for the id %j', (id) => {
    expect(errorOf(() => refInHost('team', T, id))).toBeInstanceOf(InputError);
    expect(errorOf(() => refInHost('team', id, O))).toBeInstanceOf(InputError);
    expect(errorOf(() => hostOf('chat', id))).toBeInstanceOf(InputError);
  });

  it('is refused below a host of a kind that does not exist', () => {
    expect(() => hostOf('__proto__', T)).toThrow('There is no kind of host named "__proto__".');
  });
});
