import proxyAddr from 'proxy-addr';
import { type EnvironmentReader } from './environment.js';

/** Reads TRUSTED_PROXIES: addresses, ranges like `10.0.0.0/8`, or a name for several: `loopback`, `uniquelocal`. */
export function readTrustedProxies({ text, refuse }: EnvironmentReader): readonly string[] {
  const parts = text('TRUSTED_PROXIES')?.split(',') ?? [];
  return parts.flatMap((part) => {
    const range = part.trim();
    if (range === '') return [];
    if (isRange(range)) return [range];
    refuse(
      'TRUSTED_PROXIES must list addresses or ranges with commas between, for example 10.0.0.0/8, or loopback; ' +
        `it has ${JSON.stringify(range)}.`,
    );
    return [];
  });
}

/** A range of everybody, `/0`, is none to proxy-addr either: then anybody could name any address. */
function isRange(text: string): boolean {
  try {
    proxyAddr.compile(text);
    return true;
  } catch {
    return false;
  }
}
