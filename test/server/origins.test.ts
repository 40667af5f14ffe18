import { describe, expect, it } from '@jest/globals';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { corsHeaders, createHostGuard, isAllowedOrigin } from '../../src/server/origins.js';

const ALLOWED = ['https://app.example.com', 'http://localhost:3000'];

function requestFrom(origin: string | undefined, host = 'gateway.example.com'): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.headers = { host, ...(origin !== undefined && { origin }) };
  return request;
}

/** The headers by name. */
function headersFor(request: IncomingMessage): Readonly<Record<string, string>> {
  const flat = corsHeaders(request, ALLOWED);
  return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])));
}

describe('an origin', () => {
  it.each([
    { origin: undefined, allowed: true, shared: false, because: 'a program has none' },
    { origin: 'https://app.example.com', allowed: true, shared: true, because: 'it is listed' },
    { origin: 'http://localhost:3000', allowed: true, shared: true, because: 'it is listed with its port' },
    { origin: 'https://gateway.example.com', allowed: true, shared: false, because: 'it is the gateway’s own' },
    { origin: 'http://app.example.com', allowed: false, shared: false, because: 'the scheme differs' },
    { origin: 'https://app.example.com:8443', allowed: false, shared: false, because: 'the port differs' },
    { origin: 'https://app.example.com.evil.example', allowed: false, shared: false, because: 'it only begins so' },
    { origin: 'https://evil-app.example.com', allowed: false, shared: false, because: 'it only ends so' },
    {
      origin: 'https://gateway.example.com:444',
      allowed: false,
      shared: false,
      because: 'the own host has no such port',
    },
    { origin: 'null', allowed: false, shared: false, because: 'a sandboxed frame is anybody’s' },
    { origin: '', allowed: false, shared: false, because: 'it is none' },
    { origin: 'nonsense', allowed: false, shared: false, because: 'it is none either' },
  ])('$origin: allowed $allowed, answers shared $shared; $because', ({ origin, allowed, shared }) => {
    const request = requestFrom(origin);
    expect(isAllowedOrigin(request, ALLOWED)).toBe(allowed);
    const headers = headersFor(request);
    expect(headers['Vary']).toBe('Origin'); // a cache must not mix them up
    expect(headers['Access-Control-Allow-Origin']).toBe(shared ? origin : undefined);
    expect(Object.keys(headers).length > 1).toBe(shared);
  });

  it('is never shared with credentials, which the gateway has no use for', () => {
    const headers = headersFor(requestFrom('https://app.example.com'));
    expect(headers).not.toHaveProperty('Access-Control-Allow-Credentials');
  });
});

describe('a request to a gateway that listens for its own machine alone', () => {
  const misdirected = (host: string | undefined, listening = '127.0.0.1'): boolean => {
    const request = requestFrom(undefined);
    if (host === undefined) delete request.headers.host;
    else request.headers.host = host;
    return createHostGuard({ host: listening, allowedOrigins: ALLOWED })(request);
  };

  it.each([
    'localhost',
    'localhost:4000',
    'LOCALHOST:4000',
    'localhost.',
    'app.localhost:4000',
    '127.0.0.1:4000',
    '127.0.0.5',
    '127.1:4000',
    '[::1]:4000',
    '[0:0:0:0:0:0:0:1]:4000',
    'app.example.com',
    'APP.example.com:8443',
    undefined,
  ])('may name %s', (host) => {
    expect(misdirected(host)).toBe(false);
  });

  it.each([
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'app.example.com.evil.example',
    '[::2]:4000',
    '[::ffff:10.0.0.1]',
    '0.0.0.0:4000',
    '169.254.169.254',
    '',
    '[',
    'localhost:port',
    'evil.example@localhost',
    'localhost/evil.example',
    'a b',
  ])('is misdirected when it names %j', (host) => {
    expect(misdirected(host)).toBe(true);
  });

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('is looked at where HOST is %s', (listening) => {
    expect(misdirected('evil.example', listening)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'gateway.internal'])(
    'is not where HOST is %s: its names are many',
    (listening) => {
      expect(misdirected('evil.example', listening)).toBe(false);
    },
  );
});
