import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ClientCredential } from '../identity/auth.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN ([A-Z]+ )?PRIVATE KEY-----[^-]+-----END ([A-Z]+ )?PRIVATE KEY-----/;

/** @returns the credential, or what is wrong with the file: the end of a sentence that begins with its name */
export function readCertificateFile(path: string): Extract<ClientCredential, { kind: 'certificate' }> | string {
  let pem: string;
  try {
    pem = readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
    return `cannot be read: ${code}`;
  }
  const certificates = (pem.match(CERTIFICATE) ?? []).map(readCertificate);
  if (certificates.length === 0)
    return 'holds no certificate; it must be PEM, with the certificate and its private key';
  if (certificates.includes(null)) return 'holds a certificate that cannot be read';
  const key = readPrivateKey(pem);
  if (typeof key === 'string') return key;
  if (key.asymmetricKeyType !== 'rsa') return 'must have an RSA key, the only kind that Microsoft Entra takes';

  const chain = certificates.filter((certificate) => certificate !== null);
  const own = chain.find((certificate) => certificate.checkPrivateKey(key));
  if (own === undefined) return 'holds a private key that belongs to none of its certificates';
  return {
    kind: 'certificate',
    thumbprintSha256: own.fingerprint256.replaceAll(':', ''),
    chain: [own, ...chain.filter((certificate) => certificate !== own)].map(String).join(''),
    privateKey: () => key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

/** @returns the key, or what is wrong with it; never what OpenSSL says, which may quote it */
function readPrivateKey(pem: string): KeyObject | string {
  const block = PRIVATE_KEY.exec(pem)?.[0];
  if (block === undefined) return 'holds no private key; it must be PEM, with the certificate and its private key';
  if (/ENCRYPTED/.test(block)) return 'holds a private key that is encrypted; it must be one without a passphrase';
  try {
    return createPrivateKey(block);
  } catch {
    return 'holds a private key that cannot be read';
  }
}
