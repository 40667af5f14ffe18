import { describe, expect, it } from '@jest/globals';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { createAddressOf } from '../../src/server/addresses.js';

/** A request over a connection from `peer` to `own`. */
function requestFrom(peer: string, forwardedFor?: string, own = '10.9.9.9'): IncomingMessage {
  const socket = new Socket();
  Object.defineProperties(socket, { remoteAddress: { value: peer }, localAddress: { value: own } });
  const request = new IncomingMessage(socket);
  if (forwardedFor !== undefined) request.headers['x-forwarded-for'] = forwardedFor;
  return request;
}

describe('the address of a client', () => {
  it.each([
    { peer: '203.0.113.7', address: '203.0.113.7', isLocal: false },
    { peer: '::ffff:203.0.113.7', address: '203.0.113.7', isLocal: false },
    { peer: '2001:db8:1:2:3:4:5:6', address: '2001:db8:1:2::/64', isLocal: false },
    { peer: '2001:db8:1:2::9', address: '2001:db8:1:2::/64', isLocal: false },
    { peer: '2001:db8::1', address: '2001:db8:0:0::/64', isLocal: false },
    { peer: '2001:0db8:0001:0002::9', address: '2001:db8:1:2::/64', isLocal: false },
    { peer: '1:2::', address: '1:2:0:0::/64', isLocal: false },
    { peer: 'fe80::1%eth0', address: 'fe80:0:0:0::/64', isLocal: false },
    { peer: '127.0.0.1', address: '127.0.0.1', isLocal: true },
    { peer: '127.8.8.8', address: '127.8.8.8', isLocal: true },
    { peer: '::ffff:127.0.0.1', address: '127.0.0.1', isLocal: true },
    { peer: '::1', address: '0:0:0:0::/64', isLocal: true },
    { peer: '10.9.9.9', address: '10.9.9.9', isLocal: true },
  ])('is $address for a connection from $peer', ({ peer, address, isLocal }) => {
    expect(createAddressOf([])(requestFrom(peer))).toEqual({ address, isLocal });
  });

  it.each([
    { peer: '10.0.0.1', told: '203.0.113.7', address: '203.0.113.7', because: 'the proxy says so' },
    { peer: '::ffff:10.0.0.1', told: '203.0.113.7', address: '203.0.113.7', because: 'the proxy says so' },
    {
      peer: '10.0.0.1',
      told: '198.51.100.1, 203.0.113.7',
      address: '203.0.113.7',
      because: 'only the last is the proxy’s own',
    },
    { peer: '10.0.0.1', told: '203.0.113.7, 10.0.0.2', address: '203.0.113.7', because: 'there are two proxies' },
    { peer: '10.0.0.1', told: '203.0.113.7:50123', address: '203.0.113.7', because: 'some add the port' },
    { peer: '10.0.0.1', told: '[2001:db8::1]:50123', address: '2001:db8:0:0::/64', because: 'some add the port' },
    { peer: '10.0.0.1', told: 'unknown', address: '10.0.0.1', because: 'that is no address' },
    { peer: '10.0.0.1', told: '127.0.0.1', address: '127.0.0.1', because: 'whatever it says' },
    { peer: '10.0.0.1', told: '', address: '10.0.0.1', because: 'the proxy asks for itself' },
    { peer: '203.0.113.9', told: '203.0.113.7', address: '203.0.113.9', because: 'anybody can write a header' },
    { peer: '203.0.113.9', told: '10.0.0.1', address: '203.0.113.9', because: 'anybody can write a header' },
  ])('behind trusted proxies, $told from $peer, is $address: $because', ({ peer, told, address }) => {
    expect(createAddressOf(['10.0.0.0/8'])(requestFrom(peer, told))).toEqual({ address, isLocal: false });
  });

  it('is this machine’s own only where no proxy asks for somebody', () => {
    const addressOf = createAddressOf(['loopback']);
    expect(addressOf(requestFrom('127.0.0.1'))).toEqual({ address: '127.0.0.1', isLocal: true });
    expect(addressOf(requestFrom('127.0.0.1', '203.0.113.7'))).toEqual({ address: '203.0.113.7', isLocal: false });
    expect(addressOf(requestFrom('127.0.0.1', 'unknown'))).toEqual({ address: '127.0.0.1', isLocal: false });
    expect(addressOf(requestFrom('127.0.0.1', '127.0.0.1')).isLocal).toBe(false);
  });

  it('is the peer’s own where nobody is trusted, whatever the header says', () => {
    expect(createAddressOf([])(requestFrom('203.0.113.9', '198.51.100.1'))).toEqual({
      address: '203.0.113.9',
      isLocal: false,
    });
  });
});
