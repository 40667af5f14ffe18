import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { secret } from '../support/secrets.js';
import { runExample, type RunningExample } from './example.js';

const TOKEN = secret('token-of-whoever-opens-an-example');

describe('the server of the examples', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    await Promise.all(ends.map((end) => end()));
    ends.length = 0;
  });

  /** @returns where its pages are */
  async function serveBefore(gateway: Server, scheme: 'http' | 'https'): Promise<string> {
    gateway.listen(0, '127.0.0.1');
    await once(gateway, 'listening');
    const { port } = gateway.address() as AddressInfo;
    const served: RunningExample = runExample(['node', 'examples/serve.mjs', 'react-client'], {
      GATEWAY_URL: `${scheme}://127.0.0.1:${port}`,
      PORT: '0',
    });
    ends.push(
      () => (served.stop(), served.ended),
      () => gateway.close(),
    );
    return (await served.said(/http:\S+/)).replace('localhost', '127.0.0.1');
  }

  it('ends a stream of the gateway when its page has gone', async () => {
    const gateway = createHttpServer();
    const asked = once(gateway, 'request') as Promise<[IncomingMessage, ServerResponse]>;
    const pages = await serveBefore(gateway, 'http');
    const gone = new AbortController();
    const answer = fetch(`${pages}/graphql/stream`, { signal: gone.signal });
    const [request, stream] = await asked;
    const over = once(stream, 'close');
    stream.flushHeaders();
    expect((await answer).status).toBe(200);
    gone.abort();
    await over;
    expect(request.url).toBe('/graphql/stream');
  });

  it('says nothing in clear text to a gateway that wants to be spoken to in secret', async () => {
    const gateway = createServer();
    const opened = once(gateway, 'connection') as Promise<[Socket]>;
    const pages = await serveBefore(gateway, 'https');
    const answer = fetch(`${pages}/graphql`, { headers: { Authorization: `Bearer ${TOKEN}` } });
    const [socket] = await opened;
    const [said] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    expect((await answer).status).toBe(502);
    expect(said[0]).toBe(0x16); // a handshake of TLS. Source: RFC 8446, 5.1
    expect(said.toString('latin1')).not.toContain(TOKEN);
  });
});
