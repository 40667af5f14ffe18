import { type IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import proxyAddr from 'proxy-addr';

/** Where a request comes from, to count by. */
export interface ClientAddress {
  /** An IPv4 address, or the /64 of an IPv6 one: that much one household or machine has to itself. */
  readonly address: string;
  /** Whether it comes from this machine, and not from a proxy on it that says for whom it asks. */
  readonly isLocal: boolean;
}

/**
 * What a proxy writes into X-Forwarded-For is believed when the connection comes from one of `trustedProxies`; from
 * anybody else the header counts for nothing.
 */
export function createAddressOf(trustedProxies: readonly string[]): (request: IncomingMessage) => ClientAddress {
  const trusts = trustedProxies.length === 0 ? null : proxyAddr.compile([...trustedProxies]);
  return (request) => {
    const { remoteAddress = '', localAddress } = request.socket;
    const peer = plain(remoteAddress);
    const told = trusts === null ? [] : proxyAddr.all(request, trusts).slice(1);
    // The farthest that is an address at all: `unknown` says nothing, and is no name for everybody who says so.
    const client = told.map(plain).findLast((one) => isIPv4(one) || isIPv6(one));
    if (client !== undefined) return { address: countedBy(client), isLocal: false };
    const isOwn = localAddress !== undefined && peer === plain(localAddress);
    const isLocal = told.length === 0 && (isOwn || peer === '::1' || peer.startsWith('127.'));
    return { address: countedBy(peer), isLocal };
  };
}

/** Without the port that some proxies add, the zone, and the IPv6 form of IPv4. */
function plain(text: string): string {
  const address = text
    .trim()
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/^([\d.]+):\d+$/, '$1')
    .replace(/%.*$/, '')
    .toLowerCase();
  return /^::ffff:([\d.]+)$/.exec(address)?.[1] ?? address;
}

function countedBy(address: string): string {
  if (!isIPv6(address)) return address;
  // A URL writes it without leading zeros; what `::` leaves out is put back to find the first four groups.
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [before = '', after] = written.split('::');
  const head = before === '' ? [] : before.split(':');
  const tail = after === undefined || after === '' ? [] : after.split(':');
  const groups =
    after === undefined ? head : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
