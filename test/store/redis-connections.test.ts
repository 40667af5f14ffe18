import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { describeWithRedis, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { A, afterThisTest, listenIn, openReplica, until } from './redis-stores.js';

describeWithRedis('a replica connects to Redis', () => {
  const start = async (options: Parameters<typeof startRedisServer>[0]): Promise<RedisServer> => {
    const server = await startRedisServer(options);
    afterThisTest(() => server.stop());
    return server;
  };

  it('with a password, and tells it to nobody, not even when it is wrong', async () => {
    const password = secret('p%ss:w@rd/1234567');
    const server = await start({ password });
    const { store, read } = await openReplica({ urls: [server.url] });
    await store.snapshots.add(A, read('RUNNING', 1));
    expect(store.isReady()).toBe(true);

    const wrong = secret('another-word-1234567');
    const other = await openReplica({ urls: [`redis://:${wrong}@127.0.0.1:${server.port}`] });
    expect(other.store.isReady()).toBe(false);
    expect(other.log.lines).toEqual([
      {
        event: 'store lost',
        fields: { redis: `127.0.0.1:${server.port}`, reason: expect.stringMatching(/^WRONGPASS/) },
      },
    ]);
  });

  it('over TLS, and only where it trusts the certificate', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    const directory = await mkdtemp(join(tmpdir(), 'redis-tls-'));
    afterThisTest(() => rm(directory, { recursive: true }));
    const files = { cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') };
    await writeFile(files.cert, cert);
    await writeFile(files.key, key);
    const server = await start({ tls: files });

    const one = await openReplica({ urls: [server.url], ca: cert });
    const two = await openReplica({ urls: [server.url], ca: cert });
    const listener = await listenIn(two, A);
    await one.store.snapshots.add(A, one.read('RUNNING', 1));
    await one.store.snapshots.add(A, one.read('SUCCEEDED', 2));
    await until(() => listener.states.includes('SUCCEEDED'));

    const distrustful = await openReplica({ urls: [server.url] });
    expect(distrustful.store.isReady()).toBe(false);
    expect(distrustful.log.lines[0]?.fields).toMatchObject({ reason: expect.stringMatching(/self-signed/) });
  });
});
