import { describe, expect, it } from '@jest/globals';
import { mayBeKeyOf, readIssuer } from '../../src/identity/issuer.js';

const TENANT = '7e4a0000-0000-4000-8000-0000000000aa';
const OTHER = '7e4a0000-0000-4000-8000-0000000000ff';

function issuerOf(issuer: string, authority = 'https://login.microsoftonline.com', tenantId = TENANT) {
  return readIssuer(
    { issuer, jwks_uri: `${authority}/${TENANT}/discovery/v2.0/keys?p=1` },
    new URL(authority),
    tenantId,
  );
}

describe('the issuer of a tenant’s tokens', () => {
  it.each([
    ['https://login.microsoftonline.com', 'https://login.microsoftonline.com', 'https://sts.windows.net'],
    ['https://login.microsoftonline.us', 'https://login.microsoftonline.us', 'https://sts.windows.net'],
    ['https://login.chinacloudapi.cn', 'https://login.partner.microsoftonline.cn', 'https://sts.chinacloudapi.cn'],
    ['https://login.chinacloudapi.cn', 'https://login.chinacloudapi.cn', 'https://sts.chinacloudapi.cn'],
  ])('has at %s the names %s and %s', (authority, v2, v1) => {
    expect(issuerOf(`${v2}/${TENANT}/v2.0`, authority)).toEqual({
      tenantId: TENANT,
      names: [`${v2}/${TENANT}/v2.0`, `${v1}/${TENANT}/`],
      keysPath: `/${TENANT}/discovery/v2.0/keys?p=1`,
    });
  });

  it('has one name where the authority is not one of Microsoft’s', () => {
    const [authority, issuer] = ['https://id.contoso.example', `https://id.contoso.example/${TENANT}/v2.0`];
    expect(issuerOf(issuer, authority).names).toEqual([issuer]);
  });

  it('tells which tenant a domain name stands for', () => {
    const issuer = `https://login.microsoftonline.com/${OTHER.toUpperCase()}/v2.0`;
    expect(issuerOf(issuer, undefined, 'contoso.example').tenantId).toBe(OTHER);
    expect(() => issuerOf(issuer)).toThrow('another tenant');
  });

  it.each(['https://evil.example/keys', 'http://login.microsoftonline.com/keys', '/keys', 7, undefined])(
    'has no keys at %s, which is not at the authority',
    (keys) => {
      const issuer = `https://login.microsoftonline.com/${TENANT}/v2.0`;
      const authorityUrl = new URL('https://login.microsoftonline.com');
      expect(() => readIssuer({ issuer, jwks_uri: keys }, authorityUrl, TENANT)).toThrow('not at the authority');
    },
  );
});

it.each([
  [undefined, true],
  ['https://login.microsoftonline.com/{tenantid}/v2.0', true],
  [`https://login.microsoftonline.com/${TENANT.toUpperCase()}/v2.0`, true],
  [`https://login.microsoftonline.com/${OTHER}/v2.0`, false],
])('of a key of %s it is %s that it may sign', (issuer, expected) => {
  expect(mayBeKeyOf({ kty: 'RSA', ...(issuer !== undefined && { issuer }) }, TENANT)).toBe(expected);
});
