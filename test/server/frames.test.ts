import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { framesOf, writeFrames } from '../../src/server/frames.js';
import { type EventPush } from '../../src/server/payload-bytes.js';
import { textsIn } from './frame-texts.js';

const event = (key: string, pieces: readonly string[], cursor = 'c'): EventPush => {
  const buffers = pieces.map((piece) => Buffer.from(piece));
  return { key, cursor, payload: { pieces: buffers, bytes: Buffer.concat(buffers).length } };
};
const shell = '{"id":"1","type":"next","payload":"…"}'.length - '"…"'.length;

describe('frames', () => {
  it.each([
    [0],
    [1],
    [123],
    [124],
    [125],
    [126],
    [127],
    [128],
    [65_533],
    [65_534],
    [65_535],
    [65_536],
    [65_537],
    [200_000],
  ])('hold a text of %i bytes', (length) => {
    const piece = length < shell + 2 ? '""' : `"${'x'.repeat(length - shell - 2)}"`;
    const text = `{"id":"1","type":"next","payload":${piece}}`;
    expect(textsIn(framesOf([event('1', [piece])]))).toEqual([text]);
  });

  it('say the cursor wherever it goes, and stand one behind the other', () => {
    expect(
      textsIn(
        framesOf([event('é', ['{"a":', ',"b":', ',"ü":1}'], 'abc'), { key: '"', payload: null }, event('3', ['null'])]),
      ),
    ).toEqual([
      '{"id":"é","type":"next","payload":{"a":"abc","b":"abc","ü":1}}',
      '{"id":"\\"","type":"complete"}',
      '{"id":"3","type":"next","payload":null}',
    ]);
  });
});

describe('frames that are written to connections', () => {
  let server: Server;
  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => void server.close());

  /** Both ends of a connection; its client reads nothing before it is told to. */
  async function open(): Promise<{ readonly connection: Socket; readonly client: Socket }> {
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const [connection] = (await once(server, 'connection')) as [Socket];
    return { connection, client };
  }

  it('have the id and the cursor of each who is told the same', async () => {
    const { connection, client } = await open();
    const { payload } = event('', ['{"cursor":', '}']);
    const pushes = ['1', '2', '22', '3', '“', '333', '"', 'é', '4', '\n', '5'].flatMap((key) =>
      ['abc', 'abc', 'abcd', 'abc', 'def'].map((cursor) => ({ key, payload, cursor })),
    );
    for (const each of pushes) writeFrames([each], connection);
    connection.end();
    expect(textsIn(await buffer(client))).toEqual(
      pushes.map(({ key, cursor }) => `{"id":${JSON.stringify(key)},"type":"next","payload":{"cursor":"${cursor}"}}`),
    );
  });

  it('stay as they are for whoever takes them later, whatever the next one is told', async () => {
    const [late, quick] = [await open(), await open()];
    const { payload } = event('', [`"${'x'.repeat(100_000)}"`]);
    const told = new Map<Socket, string[]>([late, quick].map(({ client }) => [client, []]));
    let key = 1_000;
    const tell = ({ connection, client }: typeof late): void => {
      writeFrames([{ key: String(++key), payload, cursor: '' }], connection);
      told.get(client)?.push(String(key));
    };
    while (late.connection.writableLength === 0) tell(late);
    for (let more = 0; more < 10; more++) {
      tell(quick);
      tell(late);
    }

    for (const { connection, client } of [late, quick]) {
      connection.end();
      const ids = textsIn(await buffer(client)).map((text) => (JSON.parse(text) as { readonly id: string }).id);
      expect(ids).toEqual(told.get(client));
    }
  });
});
