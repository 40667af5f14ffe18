import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { type Scope } from '../../src/operation/scope.js';
import { describeWithRedis, startRedisServer, type RedisServer } from '../support/redis-server.js';
import { secret } from '../support/secrets.js';
import { A, afterThisTest, B, listenIn, openReplica, until } from './redis-stores.js';

const anna = 'anna' as Scope;

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

  it('that is a cluster, wherever in it its keys and channels are', async () => {
    const args = ['--cluster-enabled', 'yes', '--cluster-require-full-coverage', 'no'];
    const nodes = await Promise.all([1, 2, 3].map(() => start({ args })));
    const bounds = [0, 5_461, 10_923, 16_384];
    for (const [at, node] of nodes.entries()) {
      await node.command('CLUSTER', 'ADDSLOTSRANGE', `${bounds[at]}`, `${(bounds[at + 1] ?? 0) - 1}`);
      for (const { port } of nodes) await node.command('CLUSTER', 'MEET', '127.0.0.1', `${port}`);
    }
    await until(async () => {
      const infos = await Promise.all(nodes.map((node) => node.command<string>('CLUSTER', 'INFO')));
      return infos.every((info) => /cluster_state:ok/.test(info) && /cluster_size:3/.test(info));
    });

    const urls = nodes.map(({ url }) => url);
    const one = await openReplica({ urls });
    const two = await openReplica({ urls: urls.toReversed() });
    expect([one.store.isReady(), two.store.isReady()]).toEqual([true, true]);
    const [atOne, atTwo] = [await listenIn(one, A), await listenIn(two, A)];
    for (const state of ['NOT_STARTED', 'RUNNING', 'SUCCEEDED'] as const) {
      await one.store.snapshots.add(A, one.read(state, 1));
    }
    await until(() => atTwo.states.length === 3);
    expect(atOne.states).toEqual(atTwo.states);
    const scopes = Array.from({ length: 20 }, (_, at) => `${anna}${at}` as Scope);
    for (const scope of scopes) {
      await one.store.proofs.put(scope, [A, B], one.clock.now(), 10_000);
      await one.store.pages.put(scope, '/list', { readAt: one.clock.now(), entries: [], nextLink: null }, 10_000);
    }
    for (const scope of scopes) {
      expect(await two.store.proofs.get(scope, [A, B])).not.toContain(null);
      expect(await two.store.pages.get(scope, '/list')).not.toBeNull();
    }
    const sizes = await Promise.all(nodes.map((node) => node.command<number>('DBSIZE')));
    expect(sizes.every((size) => size > 0)).toBe(true);
    expect(await one.store.leases.take([A, B], 10_000)).toEqual([true, true]);
    expect(await two.store.leases.take([A, B], 10_000)).toEqual([false, false]);
    expect([one.log.lines, two.log.lines]).toEqual([[], []]);
  });
});
