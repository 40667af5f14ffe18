import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';

/** A bare node:http server on a free port of this machine. @returns its root */
export async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server does not listen on a port.');
  return `http://127.0.0.1:${address.port}`;
}
