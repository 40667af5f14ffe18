import { describe, expect, it } from '@jest/globals';
import { createSocketCaps, type ClientAddress, type SocketLimits } from '../../src/server/socket-caps.js';

const NO_LIMITS: SocketLimits = {
  sockets: Infinity,
  socketsPerAddress: Infinity,
  socketsPerLocalAddress: Infinity,
  subscriptions: Infinity,
  subscriptionsPerCaller: Infinity,
  subscriptionsPerSocket: Infinity,
  operationsPerSecond: Infinity,
  messageBytes: Infinity,
  unreadBytes: Infinity,
};

const from = (address: string, isLocal = false): ClientAddress => ({ address, isLocal });
const [here, there] = [from('203.0.113.7'), from('203.0.113.8')];

function capsOf(limits: Partial<SocketLimits>) {
  const caps = createSocketCaps({ ...NO_LIMITS, ...limits });
  return {
    caps,
    /** The name of the limit that refuses, or null. */
    open: (address: ClientAddress) => caps.open(address)?.limit ?? null,
    begin: (subject: string, running = 0) => caps.begin(subject, running)?.limit ?? null,
  };
}

describe('the sockets of a process', () => {
  it('are as many as it takes, and there is room again when one has gone', () => {
    const { caps, open } = capsOf({ sockets: 2 });
    expect([open(here), open(there), open(here)]).toEqual([null, null, 'SOCKETS']);
    expect(caps.sockets).toBe(2); // what was refused took no place
    caps.close(there);
    expect([open(here), open(there)]).toEqual([null, 'SOCKETS']);
  });

  it('are counted by address, each with its own', () => {
    const { caps, open } = capsOf({ socketsPerAddress: 2 });
    expect([open(here), open(here), open(here)]).toEqual([null, null, 'SOCKETS_PER_ADDRESS']);
    expect([open(there), open(there), open(there)]).toEqual([null, null, 'SOCKETS_PER_ADDRESS']);
    caps.close(here);
    expect([open(there), open(here), open(here)]).toEqual(['SOCKETS_PER_ADDRESS', null, 'SOCKETS_PER_ADDRESS']);
    for (let each = 0; each < 2; each++) caps.close(here);
    expect([open(here), open(here), open(here)]).toEqual([null, null, 'SOCKETS_PER_ADDRESS']);
  });

  it('have a bound of their own where they come from this machine', () => {
    const { open } = capsOf({ socketsPerAddress: 1, socketsPerLocalAddress: 2 });
    const local = from('127.0.0.1', true);
    expect([open(local), open(local), open(local)]).toEqual([null, null, 'SOCKETS_PER_ADDRESS']);
    expect([open(here), open(here)]).toEqual([null, 'SOCKETS_PER_ADDRESS']);
  });
});

describe('what runs on sockets', () => {
  it('is bounded by socket, whoever it is', () => {
    const { caps, begin } = capsOf({ subscriptionsPerSocket: 2 });
    expect([begin('anna', 0), begin('anna', 1), begin('anna', 2)]).toEqual([null, null, 'SUBSCRIPTIONS_PER_SOCKET']);
    expect(begin('anna', 0)).toBeNull(); // on another one
    expect(caps.subscriptions).toBe(3);
  });

  it('is bounded by caller, on whatever sockets', () => {
    const { caps, begin } = capsOf({ subscriptionsPerCaller: 2 });
    expect([begin('anna'), begin('anna'), begin('anna')]).toEqual([null, null, 'SUBSCRIPTIONS_PER_CALLER']);
    expect(begin('ben')).toBeNull();
    caps.end('ben');
    expect(begin('anna')).toBe('SUBSCRIPTIONS_PER_CALLER');
    caps.end('anna');
    expect([begin('anna'), begin('anna')]).toEqual([null, 'SUBSCRIPTIONS_PER_CALLER']);
  });

  it('is bounded in all', () => {
    const { caps, begin } = capsOf({ subscriptions: 2 });
    expect([begin('anna'), begin('ben'), begin('clara')]).toEqual([null, null, 'SUBSCRIPTIONS']);
    caps.end('anna');
    expect(caps.subscriptions).toBe(1);
    expect([begin('clara'), begin('clara')]).toEqual([null, 'SUBSCRIPTIONS']);
  });
});
