import { GraphError } from '../operation/failure.js';
import { type JsonObject } from '../operation/json.js';

/** Who signs the tokens of one tenant. */
export interface Issuer {
  /** The tenant's GUID, in small letters. */
  readonly tenantId: string;
  /** What a token may name as its issuer. */
  readonly names: readonly string[];
  /** Where at the authority the public keys are. */
  readonly keysPath: string;
}

const GUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/i;

/**
 * The issuer of Entra's tokens of version 1.0, by the host of its issuer of version 2.0. An API that is registered as
 * the portal suggests gets tokens of version 1.0. Source: Microsoft identity platform, access tokens; national clouds.
 */
const V1_ISSUER_HOSTS: Readonly<Record<string, string>> = {
  'login.microsoftonline.com': 'sts.windows.net',
  'login.microsoftonline.us': 'sts.windows.net',
  'login.chinacloudapi.cn': 'sts.chinacloudapi.cn',
  'login.partner.microsoftonline.cn': 'sts.chinacloudapi.cn',
};

/** OpenID Connect discovery of one tenant. */
export function discoveryPath(tenantId: string): string {
  return `/${tenantId}/v2.0/.well-known/openid-configuration`;
}

/**
 * Reads the authority's discovery document. It was fetched from the authority itself, so what it names as issuer is
 * believed; the keys must be there as well, and nowhere else.
 *
 * @param tenantId as configured
 * @throws {GraphError} `unavailable` when it is none, or not of this tenant
 */
export function readIssuer(document: JsonObject, authorityUrl: URL, tenantId: string): Issuer {
  const { issuer, jwks_uri: keys } = document;
  if (typeof issuer !== 'string' || !URL.canParse(issuer)) throw unusable('names no issuer');
  const guid = GUID.exec(issuer)?.[0].toLowerCase();
  if (guid === undefined) throw unusable('names an issuer of no tenant');
  if (GUID.test(tenantId) && tenantId.toLowerCase() !== guid) throw unusable('is of another tenant');
  const keysUrl = typeof keys === 'string' && URL.canParse(keys) ? new URL(keys) : null;
  if (keysUrl?.origin !== authorityUrl.origin) throw unusable('names keys that are not at the authority');

  const v1Host = V1_ISSUER_HOSTS[new URL(issuer).host];
  return {
    tenantId: guid,
    names: v1Host === undefined ? [issuer] : [issuer, `https://${v1Host}/${guid}/`],
    keysPath: `${keysUrl.pathname}${keysUrl.search}`,
  };
}

/**
 * Entra's key sets say of each key for which tenants it signs: `https://…/{tenantid}/v2.0` for all, or one of them, such
 * as the one of personal accounts. A key that is another tenant's proves nothing here.
 */
export function mayBeKeyOf(key: unknown, tenantId: string): boolean {
  const issuer = typeof key === 'object' && key !== null && 'issuer' in key ? key.issuer : undefined;
  const guid = typeof issuer === 'string' ? GUID.exec(issuer)?.[0].toLowerCase() : undefined;
  return guid === undefined || guid === tenantId;
}

function unusable(why: string): GraphError {
  return new GraphError({ kind: 'unavailable' }, `The token authority's discovery document ${why}.`);
}
