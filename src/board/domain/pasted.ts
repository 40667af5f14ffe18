import { unique, type Watch } from './watch.js';

/**
 * What is meant by a pasted text: the value of a Location header, its whole line, or all headers of a 202 as a terminal or
 * a program prints them. Nothing is checked here that the gateway checks: it knows Graph's paths, and says what is wrong
 * with one.
 *
 *     Location: /teams('T')/operations('O')     https://graph.microsoft.com/beta/chats/19:…@thread.v2/operations/O
 *     "location": "/teams/T/operations/O",      19:…@thread.v2
 */
export function readPasted(text: string): readonly Watch[] {
  const lines = text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const headers = lines.filter((line) => HEADER.test(line));
  // Beside a Location stand a date, a request id and more; among headers nothing else is meant.
  const meant = (headers.length > 0 ? headers : lines).map((line) => unwrapped(line.replace(HEADER, '')));
  const watches = meant.filter((location) => location !== '').map(watchAt);
  const operations = watches.filter(({ kind }) => kind === 'operation');
  // A 202 that creates something has a Content-Location too: what is being made, not what makes it.
  const isAnswer = headers.length > 0 && operations.length > 0;
  return unique(isAnswer ? operations : watches);
}

/** Curl puts its own mark before a header that it shows with -v; a program may print names in quotes. */
const HEADER = /^(?:<\s*)?["']?(?:content-|operation-)?location["']?\s*[:=]\s*/i;

/** Without the quotes or brackets that a program put around it. */
function unwrapped(text: string): string {
  return text.replace(/^["'`<\s]+|["'`>,;\s]+$/g, '');
}

/** The path of a team or chat itself, or of the list of its operations. */
const OF_HOST = /(?:^|\/)(?:teams|chats|groups|joinedTeams)(?:\/[^/(]+|\([^)]*\))(?:\/team)?(?:\/operations)?\/?$/i;

/** A chat's id says by itself what it is; a team's is a GUID like any other. */
const CHAT_ID = /^19:[^/\s]+@[\w.]+$/;

function watchAt(location: string): Watch {
  if (CHAT_ID.test(location)) return { kind: 'host', host: { chatId: location } };
  return OF_HOST.test(location) ? { kind: 'host', host: { location } } : { kind: 'operation', ref: { location } };
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
