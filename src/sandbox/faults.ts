import { Refusal } from './envelope.js';
import { isJsonObject, type Answer, type GraphRequest, type JsonObject } from './message.js';
import { FIRST_PAGE } from './paging.js';

/** What goes wrong. Those above the line come instead of an answer, those below it spoil one. */
export type Fault =
  /**
   * An error of Graph's: 429, 502, 503, 504, or any other. `retryAfter` is the text of the header: whole seconds (`10`),
   * a fraction (`2.128`) or a date (`Wed, 21 Oct 2026 07:28:00 GMT`); without it there is no such header.
   */
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly code?: string }
  /** A page of HTML, as a proxy on the way sends it. */
  | { readonly kind: 'html'; readonly status: number }
  /** A 302 to an address of the tester's choice. */
  | { readonly kind: 'redirect'; readonly location: string }
  /** Never answers; the connection stays open until somebody closes it. */
  | { readonly kind: 'hang' }
  /** The connection is reset. */
  | { readonly kind: 'reset' }
  /** JSON of the tester's choice, with status 200. */
  | { readonly kind: 'body'; readonly body: unknown }
  // ---
  /** Half of the answer arrives, then the connection ends. */
  | { readonly kind: 'truncated' }
  /** The page comes without its entries, and with a link to one that has them. */
  | { readonly kind: 'emptyPage' }
  /** The link to the next page leads to another host: a trap for tokens. */
  | { readonly kind: 'foreignNextLink'; readonly origin: string };

/** Which requests a fault befalls; what is not said does not matter. */
export interface Match {
  readonly method?: string;
  /** A piece of the path and query, percent-decoded, compared without case. `/$batch` matches the post of a batch itself. */
  readonly path?: string;
  /** true: only parts of a batch. false: only what comes in a request of its own. */
  readonly part?: boolean;
}

export interface Planned {
  readonly match?: Match;
  readonly fault: Fault;
  /** How many requests it befalls; one unless told, `Infinity` for all. */
  readonly times?: number;
}

export interface Faults {
  /** The first that was planned comes first. @returns a way to take it back */
  plan(planned: Planned): () => void;
  /** What befalls this request, which counts as one of its times. */
  take(request: GraphRequest): Fault | null;
  clear(): void;
  /** What is still to come. */
  pending(): readonly Planned[];
}

export function createFaults(): Faults {
  let pending: { readonly match: Match; readonly fault: Fault; times: number }[] = [];
  return {
    plan({ match = {}, fault, times = 1 }) {
      const planned = { match, fault, times };
      pending.push(planned);
      return () => {
        pending = pending.filter((other) => other !== planned);
      };
    },
    take(request) {
      const found = pending.find(({ match }) => matches(match, request));
      if (found === undefined) return null;
      found.times -= 1;
      if (found.times <= 0) pending = pending.filter((other) => other !== found);
      return found.fault;
    },
    clear() {
      pending = [];
    },
    pending: () => pending.map((planned) => ({ ...planned })),
  };
}

function matches(match: Match, { method, url, part }: GraphRequest): boolean {
  return (
    (match.method === undefined || match.method.toUpperCase() === method) &&
    (match.part === undefined || match.part === part) &&
    (match.path === undefined || readable(url).includes(match.path.toLowerCase()))
  );
}

function readable(url: string): string {
  try {
    return decodeURIComponent(url).toLowerCase();
  } catch {
    return url.toLowerCase(); // not an encoding: compared as it stands
  }
}

/**
 * The answer as the fault has it.
 * @param serve gives what Graph would have answered
 * @throws {Refusal} for an error of Graph's
 */
export function befall(fault: Fault, request: GraphRequest, serve: () => Answer): Answer {
  switch (fault.kind) {
    case 'status':
      throw errorOf(fault);
    case 'html':
      return { status: fault.status, headers: { 'Content-Type': 'text/html; charset=utf-8' }, body: HTML };
    case 'redirect':
      return { status: 302, headers: { Location: fault.location } };
    case 'hang':
    case 'reset':
      return { status: 503, headers: {}, wire: fault.kind };
    case 'body':
      return { status: 200, headers: {}, body: fault.body };
    case 'truncated':
      return { ...serve(), wire: 'truncated' };
    case 'emptyPage':
      return withMembers(serve(), { value: [], '@odata.nextLink': linkToSame(request) });
    case 'foreignNextLink':
      return withMembers(serve(), { '@odata.nextLink': `${fault.origin}${request.url}` });
  }
}

const HTML = '<!doctype html><html><head><title>Service unavailable</title></head><body>Try again.</body></html>';

/** Graph's words; a status that has none here is told by its number. */
const WORDS: ReadonlyMap<number, readonly [code: string, message: string]> = new Map([
  [403, ['Forbidden', 'Forbidden']],
  [404, ['NotFound', 'The resource could not be found.']],
  [429, ['TooManyRequests', 'Please retry again later.']],
  [500, ['InternalServerError', 'Failed to execute the request.']],
  [502, ['BadGateway', 'Failed to execute backend request.']],
  [503, ['ServiceUnavailable', 'The service is temporarily unavailable.']],
  [504, ['GatewayTimeout', 'The service did not answer in time.']],
]);

function errorOf({ status, retryAfter, code }: Extract<Fault, { kind: 'status' }>): Refusal {
  const [word, message] = WORDS.get(status) ?? ['UnknownError', `The request ended with status ${status}.`];
  return new Refusal(status, code ?? word, message, retryAfter === undefined ? {} : { 'Retry-After': retryAfter });
}

function withMembers(answer: Answer, members: JsonObject): Answer {
  return isJsonObject(answer.body) ? { ...answer, body: { ...answer.body, ...members } } : answer;
}

/** A link to the page that was asked for, so that who follows it loses nothing. */
function linkToSame({ origin, url }: GraphRequest): string {
  if (/[?&]\$skiptoken=/i.test(url)) return `${origin}${url}`;
  return `${origin}${url}${url.includes('?') ? '&' : '?'}$skiptoken=${FIRST_PAGE}`;
}
