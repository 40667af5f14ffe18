import { badRequest } from './envelope.js';
import { type Query } from './odata.js';

/** Anything that is listed; a newer one has the higher number, so a page begins where the last one ended. */
interface Numbered {
  readonly ordinal: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** The `$skiptoken` of the next page, or null on the last. */
  readonly next: string | null;
}

/**
 * One page of a list, newest first. Entries that come and go between two pages neither repeat nor hide another.
 * @throws {Refusal} 400 when the `$skiptoken` is none of ours
 */
export function pageOf<T extends Numbered>(newestFirst: readonly T[], query: Query, defaultSize: number): Page<T> {
  const size = query.top ?? defaultSize;
  const rest = query.skipToken === null ? newestFirst.slice(query.skip) : after(newestFirst, query.skipToken);
  const items = rest.slice(0, size);
  const last = items.at(-1);
  return { items, next: last === undefined || rest.length <= size ? null : printToken(last.ordinal) };
}

function after<T extends Numbered>(newestFirst: readonly T[], token: string): readonly T[] {
  const below = readToken(token);
  return newestFirst.filter(({ ordinal }) => ordinal < below);
}

/** The token of a page that starts with the first entry: the link of an empty page leads there. */
export const FIRST_PAGE = printToken(Number.MAX_SAFE_INTEGER);

/** Opaque to clients: encoded, so that nobody builds one. */
function printToken(below: number): string {
  return Buffer.from(`page:${below}`).toString('base64url');
}

function readToken(token: string): number {
  const below = /^page:(\d{1,16})$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (below === undefined) throw badRequest('The skip token is not valid.');
  return Number(below);
}

/** @param path absolute, without a query */
export function nextLink(path: string, query: Query, token: string): string {
  const options = [...query.kept.map(([name, value]) => `${name}=${encodeURIComponent(value)}`), `$skiptoken=${token}`];
  return `${path}?${options.join('&')}`;
}
