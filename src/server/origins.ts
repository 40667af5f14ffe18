import { type IncomingMessage } from 'node:http';

/**
 * Whether a page of this origin may use the gateway. A request without an Origin does not come from a page; one of the
 * gateway's own pages has the origin that the request was sent to.
 */
export function isAllowedOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/**
 * Whether a page of elsewhere asks in a way of which browsers do not say the origin: an image, a script, a link. It could
 * not read the answer, but it would be made. What is no browser, or an old one, does not say where from.
 */
export function isFromElsewhere({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  return headers.origin === undefined && (site === 'cross-site' || site === 'same-site');
}

/** What a page of another origin may ask at a path. */
export interface Crossing {
  readonly methods: string;
  readonly headers: string;
}

const GRAPHQL_CROSSING: Crossing = {
  methods: 'GET, POST, OPTIONS',
  headers: 'authorization, content-type, apollo-require-preflight',
};

const FOR_ANYBODY = ['Vary', 'Origin'];

/** The headers that let an allowed page of another origin read the answer; none for anybody else. Names and values in turn. */
export function corsHeaders(
  { headers: { origin } }: IncomingMessage,
  allowed: readonly string[],
  { methods, headers }: Crossing = GRAPHQL_CROSSING,
): readonly string[] {
  if (origin === undefined || !allowed.includes(origin)) return FOR_ANYBODY;
  return [
    ...FOR_ANYBODY,
    ...['Access-Control-Allow-Origin', origin],
    ...['Access-Control-Allow-Methods', methods],
    ...['Access-Control-Allow-Headers', headers],
    ...['Access-Control-Max-Age', '600'],
  ];
}

/** What is said to a request that was sent to another name, with status 421. */
export const MISDIRECTED =
  'This gateway listens on a loopback address (HOST) and was asked for under another name. ' +
  'If the name is yours, as that of a proxy on this machine, list its origin in ALLOWED_ORIGINS.';

/**
 * Whether a request was sent to a name that is not the gateway's. Only where it listens for its own machine alone: there
 * a page of elsewhere could have its own name lead to this machine, and be of the gateway's origin then. A request
 * without Host comes from no browser.
 */
export function createHostGuard({
  host,
  allowedOrigins,
}: {
  readonly host: string;
  readonly allowedOrigins: readonly string[];
}): (request: IncomingMessage) => boolean {
  if (!isLoopbackName(hostnameOf(host.includes(':') ? `[${host}]` : host))) return () => false;
  const others = new Set(allowedOrigins.map((origin) => new URL(origin).hostname));
  /** The last one: clients of one gateway use one name, and taking it apart costs 5 µs. */
  let rightHost: string | undefined;
  return ({ headers: { host: asked } }) => {
    if (asked === undefined || asked === rightHost) return false;
    const name = hostnameOf(asked);
    if (!isLoopbackName(name) && (name === null || !others.has(name))) return true;
    rightHost = asked;
    return false;
  };
}

/** Of `name:port`, in the one form that an address has; null when it is none. */
function hostnameOf(host: string): string | null {
  if (!/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`http://${host}`)) return null;
  return new URL(`http://${host}`).hostname.replace(/\.$/, '');
}

/** RFC 6761, 6.3: names below localhost lead nowhere else. */
function isLoopbackName(name: string | null): boolean {
  if (name === null) return false;
  return name === 'localhost' || name.endsWith('.localhost') || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name);
}
