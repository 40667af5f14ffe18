import { describe, expect, it } from '@jest/globals';
import { WebSocketServer, type WebSocket } from 'ws';
import { type OperationsError, type TokenRequest } from '../../src/client/client.js';
import { advanceUntil, createFakeClock } from '../support/fake-clock.js';
import { closeAfterTest, TOKEN } from '../support/gateway.js';
import { secret } from '../support/secrets.js';
import { until } from '../support/until.js';
import { connect, next, readAll, REF, startWatched, surroundingsOf, type Watched } from './support.js';
import { told } from './told.js';

const NEXT_TOKEN = secret('the-next-token-of-the-first-caller');
/** So small that a client that is asked for a token has answered over the network long before its time is over. */
const STEP_MS = 100;
const STALE_TOKEN = secret('a-token-of-the-first-caller-of-yesterday');

/** A gateway whose clock stands still, and a source of tokens that notes what it was asked. */
async function startWithTokens(...tokens: readonly string[]) {
  const clock = createFakeClock();
  const watched = await startWatched({ clock });
  const asked: TokenRequest[] = [];
  const refused: OperationsError[] = [];
  const token = (request: TokenRequest): string => {
    asked.push(request);
    return tokens[asked.length - 1] ?? tokens.at(-1) ?? '';
  };
  const onTokenRefused = (error: OperationsError): void => void refused.push(error);
  const client = connect(watched.gateway, { token, onTokenRefused }, surroundingsOf(clock));
  return { ...watched, clock, client, asked, refused };
}

/** From now on Graph takes the token no more, and has news. */
function endToken({ graph, put }: Watched): void {
  graph.endToken(TOKEN);
  put('succeeded');
}

describe('a token that ends', () => {
  it('is followed by the next one without a break', async () => {
    const started = await startWithTokens(TOKEN, NEXT_TOKEN);
    const { clock, client, asked, refused, graph } = started;
    const changes = client.trackOperation(REF);
    expect(told(await advanceUntil(clock, 10, next(changes)))).toBe('SNAPSHOT NOT_STARTED');
    endToken(started);
    expect(await advanceUntil(clock, STEP_MS, readAll(changes))).toEqual(['CHANGED NOT_STARTED → SUCCEEDED']);
    expect(asked).toEqual([{ renew: false }, { renew: true }]);
    expect(refused).toEqual([]);
    expect(client.connections.filter(({ state }) => state === 'connected')).toHaveLength(1);
    expect(graph.reads.at(-1)?.token).toBe(NEXT_TOKEN);
  });

  it('is followed by one that satisfies what Graph asks for', async () => {
    const started = await startWithTokens(TOKEN, NEXT_TOKEN);
    const { clock, client, asked, graph, put } = started;
    const changes = client.trackOperation(REF);
    await advanceUntil(clock, 10, next(changes));
    const claims = btoa('{"access_token":{"nbf":{"essential":true}}}'); // as Graph writes it
    graph.refuse((_path, count) => (count === 2 ? { status: 401, claims } : null));
    put('succeeded');
    await advanceUntil(clock, STEP_MS, readAll(changes));
    expect(asked).toEqual([{ renew: false }, { renew: true, claims }]);
  });

  it('and is brought again is refused, and the connection comes back with another one', async () => {
    const started = await startWithTokens(TOKEN, TOKEN, NEXT_TOKEN);
    const { clock, client, asked, refused } = started;
    const changes = client.trackOperation(REF);
    await advanceUntil(clock, 10, next(changes));
    endToken(started);
    expect(await advanceUntil(clock, STEP_MS, readAll(changes))).toEqual(['CHANGED NOT_STARTED → SUCCEEDED']);
    expect(asked).toEqual([{ renew: false }, { renew: true }, { renew: true }]);
    expect(refused).toMatchObject([{ name: 'OperationsError', code: 'UNAUTHENTICATED' }]);
    expect(client.connections).toContainEqual(expect.objectContaining({ state: 'disconnected', closeCode: 4403 }));
  });

  it('is the end of whoever has no other one', async () => {
    const clock = createFakeClock();
    const started = await startWatched({ clock });
    const client = connect(started.gateway, {}, surroundingsOf(clock)); // a token as text
    const changes = client.trackOperation(REF);
    await advanceUntil(clock, 10, next(changes));
    endToken(started);
    await expect(advanceUntil(clock, STEP_MS, readAll(changes))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('a function that brings tokens', () => {
  it('may fail when there is no hurry, and is asked again for the next connection', async () => {
    const clock = createFakeClock();
    const started = await startWatched({ clock });
    const refused: OperationsError[] = [];
    const offline = new Error('the identity provider does not answer');
    let asked = 0;
    const token = (): Promise<string> =>
      ++asked === 2 ? Promise.reject(offline) : Promise.resolve(asked === 1 ? TOKEN : NEXT_TOKEN);
    const onTokenRefused = (error: OperationsError): void => void refused.push(error);
    const client = connect(started.gateway, { token, onTokenRefused }, surroundingsOf(clock));
    const changes = client.trackOperation(REF);
    await advanceUntil(clock, 10, next(changes));
    endToken(started);
    expect(await advanceUntil(clock, STEP_MS, readAll(changes))).toEqual(['CHANGED NOT_STARTED → SUCCEEDED']);
    expect(refused).toMatchObject([{ code: 'UNAUTHENTICATED', cause: offline }]);
    expect(asked).toBe(3);
  });

  it('ends what is tracked when it fails for a connection, and tells nobody else why', async () => {
    const { gateway } = await startWatched();
    const cause = new Error('no account is signed in: nora@contoso.example');
    let asked = 0;
    const token = (): Promise<string> => {
      asked += 1;
      return Promise.reject(cause);
    };
    const waiting = connect(gateway, { token }).waitForOperation(REF);
    await expect(waiting).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: 'There is no token: the function given as `token` failed.',
      cause,
    });
    expect(asked).toBe(1); // to try again is its own business
    expect(JSON.stringify(gateway.log)).not.toContain('nora');
  });

  it.each([
    { token: `Bearer ${TOKEN}`, message: 'token begins with Bearer: give the token alone.' },
    { token: '', message: 'token is empty, or has characters that no bearer token has.' },
    { token: 'two words', message: 'token is empty, or has characters that no bearer token has.' },
    { token: 7, message: 'token is no text: it is a string, or a function that returns one.' },
  ])('may not bring $token', async ({ token, message }) => {
    const { gateway } = await startWatched();
    const expected = { name: 'OperationsError', code: 'BAD_USER_INPUT', message };
    const source = (): string => token as string;
    await expect(connect(gateway, { token: source }).waitForOperation(REF)).rejects.toMatchObject(expected);
    if (typeof token === 'string') {
      expect(() => connect(gateway, { token })).toThrow(expect.objectContaining(expected));
    }
  });
});

describe('a token that the gateway does not take', () => {
  /** A gateway that takes only one token, and closes with `code` upon any other. */
  async function startGuarded(code: number, good: string) {
    const said: unknown[] = [];
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols: () => 'graphql-transport-ws' });
    server.on('connection', (socket: WebSocket) => {
      socket.on('message', (text: Buffer) => {
        const message = JSON.parse(text.toString()) as { type: string; id?: string; payload?: object };
        if (message.type === 'connection_init') {
          said.push(message.payload);
          const isGood = JSON.stringify(message.payload).includes(`Bearer ${good}"`);
          if (isGood) socket.send('{"type":"connection_ack"}');
          else socket.close(code, 'not this one');
        } else if (message.type === 'subscribe') {
          const change = { cursor: 'c', operation: { id: 'o', terminal: true } };
          socket.send(JSON.stringify({ id: message.id, type: 'next', payload: { data: { change } } }));
        }
      });
    });
    await until(() => server.address() !== null);
    closeAfterTest({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const { port } = server.address() as { port: number };
    return { url: `ws://127.0.0.1:${port}`, said };
  }

  it.each([4401, 4403])('at first, and is closed with %i, is followed by another one', async (code) => {
    const { url } = await startGuarded(code, 'newer');
    const asked: TokenRequest[] = [];
    const token = (request: TokenRequest): string => (asked.push(request), request.renew ? 'newer' : 'older');
    const client = connect({ url }, { token });
    const both = await Promise.all([client.waitForOperation(REF), client.waitForOperation(REF)]);
    expect(both).toMatchObject([{ terminal: true }, { terminal: true }]);
    expect(asked).toEqual([{ renew: false }, { renew: true }]);
  });

  it('is the end when the other one is not taken either', async () => {
    const { url, said } = await startGuarded(4401, 'newest');
    const token = ({ renew }: TokenRequest): string => (renew ? 'newer' : 'older');
    const waiting = connect({ url }, { token }).waitForOperation(REF);
    await expect(waiting).rejects.toMatchObject({ code: 'UNAUTHENTICATED', closeCode: 4401 });
    expect(said).toEqual([{ authorization: 'Bearer older' }, { authorization: 'Bearer newer' }]);
  });
});

describe('a token that Graph does not take, though the gateway hands it on', () => {
  async function startWith(...tokens: readonly string[]) {
    const clock = createFakeClock();
    const watched = await startWatched({ clock });
    watched.graph.endToken(STALE_TOKEN);
    const asked: TokenRequest[] = [];
    const token = (request: TokenRequest): string => (asked.push(request), tokens[asked.length - 1] ?? '');
    return { ...watched, clock, asked, client: connect(watched.gateway, { token }, surroundingsOf(clock)) };
  }

  it('is followed by another one, by which all go on that began with it', async () => {
    const { clock, client, asked, graph, put } = await startWith(STALE_TOKEN, TOKEN);
    const claims = btoa('{"access_token":{"nbf":{"essential":true}}}'); // as Graph writes it
    graph.refuse((_path, count) => (count === 1 ? { status: 401, claims } : null));
    const tracks = [client.trackOperation(REF), client.trackOperation(REF)];
    const firsts = Promise.all(tracks.map(next));
    expect((await advanceUntil(clock, 100, firsts)).map(told)).toEqual(Array(2).fill('SNAPSHOT NOT_STARTED'));
    expect(asked).toEqual([{ renew: false }, { renew: true, claims }]);
    put('succeeded');
    const rest = Promise.all(tracks.map(readAll));
    expect(await advanceUntil(clock, STEP_MS, rest)).toEqual(Array(2).fill(['CHANGED NOT_STARTED → SUCCEEDED']));
  });

  it('is the end when the other one is not taken either', async () => {
    const { clock, client, asked } = await startWith(STALE_TOKEN, STALE_TOKEN, TOKEN);
    const waiting = client.waitForOperation(REF);
    await expect(advanceUntil(clock, 100, waiting)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(asked).toHaveLength(2);
  });
});

describe('without a token', () => {
  it('nobody is let in who should bring one', async () => {
    const { gateway } = await startWatched();
    await expect(connect(gateway, { token: undefined }).waitForOperation(REF)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      closeCode: 4401,
    });
  });
});
