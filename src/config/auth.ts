import { type AppAuth, type Auth, type ClientCredential, type EntraAuth } from '../identity/auth.js';
import { readCertificateFile } from './certificate.js';
import { cloudOfAuthority, cloudOfGraph } from './clouds.js';
import { type EnvironmentReader } from './environment.js';
import { isLoopback } from './loopback.js';

export { type Auth };

const MODES = ['forward', 'on-behalf-of', 'app'] as const;
const IN_ENTRA = [
  'AUTHORITY_URL',
  'TENANT_ID',
  'CLIENT_ID',
  'CLIENT_SECRET',
  'CLIENT_CERTIFICATE_FILE',
  'TOKEN_AUDIENCES',
];
const IN_APP = ['REQUIRED_ROLE'];

/** Names in Entra that stand for no tenant in particular. */
const NO_TENANTS = ['common', 'organizations', 'consumers'];
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i;
/** As in an app manifest: no white space, and nothing that a sentence could stumble over. */
const ROLE = /^[A-Za-z0-9._:/-]{1,120}$/;
const GRAPH_APP_ID = '00000003-0000-0000-c000-000000000000';
const LEAST_KEY_LENGTH = 32;

/**
 * Reads GRAPH_AUTH and what it needs. After a problem what is returned means nothing.
 *
 * @param graphUrl null for the sandbox, and for an address that was refused
 */
export function readAuth(reader: EnvironmentReader, graphUrl: URL | null): Auth {
  const { text, refuse } = reader;
  const word = text('GRAPH_AUTH') ?? 'forward';
  const mode = MODES.find((known) => known === word);
  if (mode === undefined) {
    refuse(`GRAPH_AUTH must be one of ${MODES.join(', ')}; it is ${JSON.stringify(word)}.`);
    return { mode: 'forward' };
  }
  const idle = { forward: [...IN_ENTRA, ...IN_APP], 'on-behalf-of': IN_APP, app: [] }[mode];
  for (const name of idle) if (text(name) !== undefined) refuse(`${name} has no effect with GRAPH_AUTH=${mode}.`);
  if (mode === 'forward') return { mode };

  if (text('GRAPH_URL') === undefined) {
    refuse(
      `GRAPH_URL must be set with GRAPH_AUTH=${mode}, for example https://graph.microsoft.com: ` +
        'the built-in sandbox knows no tokens of Microsoft Entra.',
    );
  }
  const entra = readEntra(reader, mode, graphUrl);
  return mode === 'app' ? { mode, ...entra, requiredRole: readRole(reader) } : { mode, ...entra };
}

function readEntra(reader: EnvironmentReader, mode: string, graphUrl: URL | null): EntraAuth {
  const { text, refuse } = reader;
  const tenantId = text('TENANT_ID') ?? '';
  if (tenantId === '') {
    refuse(`TENANT_ID must be set with GRAPH_AUTH=${mode}: the GUID of the tenant, or one of its domain names.`);
  } else if (NO_TENANTS.includes(tenantId.toLowerCase())) {
    refuse(
      `TENANT_ID must be the GUID of one tenant, or one of its domain names: ` +
        `with ${tenantId.toLowerCase()} people of any organization would be let in.`,
    );
  } else if (!GUID.test(tenantId) && !DOMAIN.test(tenantId)) {
    refuse(`TENANT_ID must be a GUID or a domain name; it is ${JSON.stringify(tenantId)}.`);
  }
  const clientId = text('CLIENT_ID') ?? '';
  if (!GUID.test(clientId)) {
    const given = clientId === '' ? `must be set with GRAPH_AUTH=${mode}` : 'must be a GUID';
    refuse(`CLIENT_ID ${given}: the application (client) id of the gateway's registration in Microsoft Entra.`);
  }
  return {
    authorityUrl: readAuthority(reader, mode, graphUrl),
    tenantId,
    clientId,
    credential: readCredential(reader, mode),
    audiences: readAudiences(reader, clientId, graphUrl),
  };
}

function readAuthority({ text, refuse }: EnvironmentReader, mode: string, graphUrl: URL | null): URL {
  const graphCloud = graphUrl === null ? null : cloudOfGraph(graphUrl);
  const standard = new URL(`https://${graphCloud?.authorityHosts[0] ?? 'login.microsoftonline.com'}`);
  const value = text('AUTHORITY_URL');
  const example = `for example ${standard.origin}`;
  if (value === undefined) {
    if (graphCloud === null && graphUrl !== null) {
      refuse(
        `AUTHORITY_URL must be set with GRAPH_AUTH=${mode}, ${example}: ${graphUrl.origin} is no cloud of Microsoft's.`,
      );
    }
    return standard;
  }
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    refuse(`AUTHORITY_URL must be an https address, ${example}.`);
    return standard;
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '' || url.pathname !== '/') {
    refuse(`AUTHORITY_URL must be an origin alone, ${example}, without tenant, path, credentials, query or fragment.`);
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    refuse(`AUTHORITY_URL must be https unless it is a loopback address: secrets go there; it is ${url.origin}.`);
  }
  const cloud = cloudOfAuthority(url);
  if (graphUrl !== null && graphCloud !== null && cloud !== null && cloud !== graphCloud) {
    refuse(
      `AUTHORITY_URL is of ${cloud.name} and GRAPH_URL, ${graphUrl.origin}, of ${graphCloud.name}: ` +
        `tokens are not interchangeable between clouds; ${standard.origin} would fit.`,
    );
  }
  return url;
}

function readCredential({ text, refuse }: EnvironmentReader, mode: string): ClientCredential {
  const secret = text('CLIENT_SECRET');
  const path = text('CLIENT_CERTIFICATE_FILE');
  const credential: ClientCredential = { kind: 'secret', secret: () => secret ?? '' };
  if (secret !== undefined && path !== undefined) {
    refuse('CLIENT_CERTIFICATE_FILE and CLIENT_SECRET are both set; one of them must go.');
  } else if (secret === undefined && path === undefined) {
    refuse(`CLIENT_SECRET or CLIENT_CERTIFICATE_FILE must be set with GRAPH_AUTH=${mode}.`);
  }
  if (path === undefined) return credential;
  const read = readCertificateFile(path);
  if (typeof read !== 'string') return read;
  refuse(`CLIENT_CERTIFICATE_FILE ${read}.`);
  return credential;
}

function readAudiences({ text, refuse }: EnvironmentReader, clientId: string, graphUrl: URL | null): readonly string[] {
  const value = text('TOKEN_AUDIENCES');
  if (value === undefined) return [clientId, `api://${clientId}`];
  const audiences = value.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  if (audiences.length === 0) refuse(`TOKEN_AUDIENCES must list audiences with commas between; it has none.`);
  for (const audience of audiences) {
    const origin = URL.canParse(audience) ? new URL(audience).origin : null;
    if (audience.toLowerCase() === GRAPH_APP_ID || (origin !== null && origin === graphUrl?.origin)) {
      refuse(
        `TOKEN_AUDIENCES must be audiences of this gateway; it has Microsoft Graph's, whose tokens are for Graph alone.`,
      );
    }
  }
  return audiences;
}

function readRole({ text, refuse }: EnvironmentReader): AppAuth['requiredRole'] {
  const role = text('REQUIRED_ROLE') ?? 'Operations.Read.All';
  if (!ROLE.test(role)) refuse('REQUIRED_ROLE must be the value of an app role, for example Operations.Read.All.');
  return role;
}

/**
 * What keys the hashes that name callers, the same on every replica; null where each process makes its own. It is behind
 * a function, so that no log of a Config can hold it.
 */
export function readScopeKey({ text, refuse }: EnvironmentReader): (() => Buffer) | null {
  const value = text('SCOPE_KEY');
  if (value === undefined) return null;
  const key = Buffer.from(value);
  if (key.length < LEAST_KEY_LENGTH) {
    refuse(
      `SCOPE_KEY must have ${LEAST_KEY_LENGTH} characters at least, by chance, for example of \`openssl rand -base64 32\`.`,
    );
  }
  return () => key;
}
