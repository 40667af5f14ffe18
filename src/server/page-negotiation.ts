import { type IncomingMessage } from 'node:http';

/** The types that GraphQL over HTTP is answered in; a client that names one of them is a program. */
const GRAPHQL_TYPES = [
  'application/graphql-response+json',
  'application/json',
  'application/graphql+json',
  'multipart/mixed',
  'text/event-stream',
];

/**
 * Whether a request to the GraphQL endpoint is a person's: a browser that goes to an address names `text/html`, and
 * nothing that GraphQL is answered in. A `query` in the address changes nothing: the page shows it, and runs nothing.
 * A wildcard names nothing: it is what programs send that do not care.
 */
export function wantsHtml({ method, headers }: Pick<IncomingMessage, 'method' | 'headers'>): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const accepted = parseQualities(headers.accept);
  const forProgram = Math.max(...GRAPHQL_TYPES.map((type) => accepted.get(type) ?? 0));
  return (accepted.get('text/html') ?? 0) > forProgram;
}

export function acceptsGzip({ headers }: Pick<IncomingMessage, 'headers'>): boolean {
  const accepted = parseQualities(headers['accept-encoding']?.toString());
  return (accepted.get('gzip') ?? accepted.get('*') ?? 0) > 0;
}

/** Whether `If-None-Match` names `etag`; compared weakly, as RFC 9110, 13.1.2 has it. */
export function hasCurrent({ headers }: Pick<IncomingMessage, 'headers'>, etag: string): boolean {
  const held = headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, '')) ?? [];
  return held.includes('*') || held.includes(etag.replace(/^W\//, ''));
}

/** `text/html, image/*;q=0.8` → names in lower case with their quality, 0 (not at all) to 1. */
function parseQualities(header: string | undefined): ReadonlyMap<string, number> {
  const entries = (header ?? '').split(',').map((part): [string, number] => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    return [name, Number(quality) || 0];
  });
  return new Map(entries);
}
