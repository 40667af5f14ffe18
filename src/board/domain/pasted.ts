import { type Watch } from './watch.js';

/**
 * What is meant by a pasted text: the value of a Location header, its whole line, or all headers of a 202 as a terminal
 * prints them. Nothing is checked here that the gateway checks: it knows Graph's paths, and says what is wrong with one.
 *
 *     Location: /teams('T')/operations('O')     https://graph.microsoft.com/beta/chats/19:…@thread.v2/operations/O
 */
export function readPasted(text: string): readonly Watch[] {
  const lines = text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const headers = lines.filter((line) => HEADER.test(line));
  // Beside a Location stand a date, a request id and more; among headers nothing else is meant.
  const meant = (headers.length > 0 ? headers : lines).map((line) => line.replace(HEADER, '').trim());
  const watches = meant.filter((location) => location !== '').map(watchAt);
  return watches.filter((watch, at) => watches.findIndex((other) => isSame(other, watch)) === at);
}

/** Curl puts its own mark before a header that it shows with -v. */
const HEADER = /^(?:<\s*)?(?:content-|operation-)?location:\s*/i;

/** The path of a team or chat itself, or of the list of its operations. */
const OF_HOST = /(?:^|\/)(?:teams|chats|groups|joinedTeams)(?:\/[^/(]+|\([^)]*\))(?:\/team)?(?:\/operations)?\/?$/i;

function watchAt(location: string): Watch {
  return OF_HOST.test(location) ? { kind: 'host', host: { location } } : { kind: 'operation', ref: { location } };
}

function isSame(one: Watch, other: Watch): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

export type PlaceKind = 'team' | 'chat';

/** What is meant by a form: an operation of a team or chat, or without its id all of them. */
export function readForm(kind: PlaceKind, hostId: string, operationId: string): Watch {
  const inHost = { hostId: hostId.trim(), operationId: operationId.trim() };
  if (inHost.operationId === '') {
    return { kind: 'host', host: kind === 'team' ? { teamId: inHost.hostId } : { chatId: inHost.hostId } };
  }
  return { kind: 'operation', ref: kind === 'team' ? { team: inHost } : { chat: inHost } };
}
