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

/** The headers that let an allowed page of another origin read the answer; none for anybody else. */
export function corsHeaders(request: IncomingMessage, allowed: readonly string[]): Record<string, string> {
  const { origin } = request.headers;
  if (origin === undefined || !allowed.includes(origin)) return { Vary: 'Origin' };
  return {
    Vary: 'Origin',
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
    'Access-Control-Allow-Headers': 'authorization, content-type, apollo-require-preflight',
    'Access-Control-Max-Age': '600',
  };
}
