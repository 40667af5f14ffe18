import { describe, expect, it } from '@jest/globals';
import { readForm, readPasted } from '../../src/board/domain/pasted.js';

describe('a pasted text', () => {
  it.each([
    ["/teams('t')/operations('o')", "/teams('t')/operations('o')"],
    ["  Location: /teams('t')/operations('o')\n", "/teams('t')/operations('o')"],
    ['location:/teams/t/operations/o', '/teams/t/operations/o'],
    ['Operation-Location: /beta/chats/c/operations/o', '/beta/chats/c/operations/o'],
    ['< content-location: /teams(t)/operations(o)', '/teams(t)/operations(o)'],
    ['"Location": "/teams(\'t\')/operations(\'o\')",', "/teams('t')/operations('o')"],
    ['Location=/teams/t/operations/o', '/teams/t/operations/o'],
    ["'/teams/t/operations/o'", '/teams/t/operations/o'],
    [
      '<https://graph.microsoft.com/v1.0/teams/t/operations/o>',
      'https://graph.microsoft.com/v1.0/teams/t/operations/o',
    ],
    ['https://graph.microsoft.com/v1.0/teams/t/operations/o', 'https://graph.microsoft.com/v1.0/teams/t/operations/o'],
    ['whatever it is, the gateway says what is wrong', 'whatever it is, the gateway says what is wrong'],
  ])('is an operation: %j', (text, location) => {
    expect(readPasted(text)).toEqual([{ kind: 'operation', ref: { location } }]);
  });

  it('may be all headers of an answer, of which only the location is meant', () => {
    const text = 'HTTP/1.1 202 Accepted\r\nDate: today\r\nLocation: /teams(t)/operations(o)\r\nrequest-id: 1\r\n';
    expect(readPasted(text)).toEqual([{ kind: 'operation', ref: { location: '/teams(t)/operations(o)' } }]);
  });

  it('may be all headers of an answer to a creation, and then is not what is being created', () => {
    const text = 'Content-Location: /teams(t)\nLocation: /teams(t)/operations(o)\n';
    expect(readPasted(text)).toEqual([{ kind: 'operation', ref: { location: '/teams(t)/operations(o)' } }]);
    expect(readPasted('Location: /teams(t)')).toEqual([{ kind: 'host', host: { location: '/teams(t)' } }]);
  });

  it('may be the id of a chat, which is all that goes on there', () => {
    const chatId = '19:c4a7@thread.v2';
    expect(readPasted(` ${chatId}\n`)).toEqual([{ kind: 'host', host: { chatId } }]);
  });

  it('may be several lines, each once', () => {
    expect(readPasted('/teams/t/operations/1\n/teams/t/operations/2\n/teams/t/operations/1')).toHaveLength(2);
  });

  it.each([
    "/teams('t')",
    'https://graph.microsoft.com/v1.0/teams/t/',
    '/chats/19:a@thread.v2/operations',
    '/groups/g/team',
  ])('is a whole team or chat: %s', (location) => {
    expect(readPasted(location)).toEqual([{ kind: 'host', host: { location } }]);
  });

  it.each(['', '  \n ', 'Location:'])('is nothing: %j', (text) => {
    expect(readPasted(text)).toEqual([]);
  });
});

describe('a form', () => {
  it('names an operation by its team or chat and its id', () => {
    expect(readForm('team', ' t ', ' o ')).toEqual({
      kind: 'operation',
      ref: { team: { hostId: 't', operationId: 'o' } },
    });
    expect(readForm('chat', '19:c@thread.v2', 'o')).toEqual({
      kind: 'operation',
      ref: { chat: { hostId: '19:c@thread.v2', operationId: 'o' } },
    });
  });

  it('names a whole team or chat without one', () => {
    expect(readForm('team', 't', ' ')).toEqual({ kind: 'host', host: { teamId: 't' } });
    expect(readForm('chat', 'c', '')).toEqual({ kind: 'host', host: { chatId: 'c' } });
  });
});
