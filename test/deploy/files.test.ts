import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { parse, parseAllDocuments } from 'yaml';
import { readConfig } from '../../src/config.js';
import { startGateway } from '../server/start-gateway.js';

const ROOT = new URL('../../', import.meta.url);
const read = (file: string): string => readFileSync(new URL(file, ROOT), 'utf8');

const DOCKERFILE = read('Dockerfile');
const MANIFESTS = parseAllDocuments(read('deploy/kubernetes/gateway.yaml')).map(
  (document) => document.toJS() as Manifest,
);

interface Manifest {
  readonly kind: string;
  readonly spec: Spec;
}

interface Spec {
  readonly selector: Labels | { readonly matchLabels: Labels };
  readonly ports?: readonly { readonly targetPort: string }[];
  readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
}

type Labels = Readonly<Record<string, string>>;

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly [Container];
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: object }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly securityContext: Readonly<Record<string, unknown>>;
}

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly environment?: Readonly<Record<string, string>>;
        readonly build?: { readonly context: string };
        readonly volumes?: readonly string[];
        readonly stop_grace_period?: string;
      }
    >
  >;
}

const COMPOSE = parse(read('deploy/compose/compose.yaml'), { merge: true }) as Compose;

function specOf(kind: string): Spec {
  const found = MANIFESTS.find((manifest) => manifest.kind === kind);
  if (found === undefined) throw new Error(`There is no ${kind}.`);
  return found.spec;
}

const POD = specOf('Deployment').template.spec;
const [CONTAINER] = POD.containers;

/** Every variable that the configuration looks at. */
function variables(): ReadonlySet<string> {
  const asked = new Set<string>();
  readConfig(new Proxy<Record<string, string>>({}, { get: (_, name) => (asked.add(String(name)), undefined) }));
  return asked;
}

describe('the image', () => {
  const instructions = DOCKERFILE.replace(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const all = (name: string): readonly string[] =>
    instructions.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));

  it('copies what there is, and the context lets it in', () => {
    const copied = all('COPY').filter((line) => !line.startsWith('--from='));
    const sources = copied.flatMap((line) => line.split(' ').slice(0, -1));
    expect(sources.filter((source) => !existsSync(new URL(source, ROOT)))).toEqual([]);
    const [first, ...allowed] = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(first).toBe('*');
    expect(allowed.map((line) => line.replace(/^!/, '')).sort()).toEqual(
      [...new Set(sources.map((source) => source.replace(/^\.\//, '')))].sort(),
    );
  });

  it('holds nothing that only builds and tests, and runs as nobody special', () => {
    const last = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM ')));
    expect(last.filter((line) => line.startsWith('RUN '))).toEqual([]);
    expect(last.filter((line) => line.startsWith('COPY '))).toEqual([
      'COPY --from=build /gateway/dist ./dist',
      'COPY package.json LICENSE ./',
    ]);
    expect(last).toContain('USER node');
    expect(last).toContain('STOPSIGNAL SIGTERM');
    expect(JSON.parse(all('CMD').at(-1) ?? '')).toEqual(['node', 'dist/main.js']);
  });

  it('is of a version of Node that the gateway supports', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
    const [, least = ''] = /^>=(\d+)/.exec(engines.node) ?? [];
    for (const from of all('FROM')) expect(Number(/^node:(\d+)/.exec(from)?.[1])).toBeGreaterThanOrEqual(Number(least));
  });

  it('sets variables that there are', () => {
    const names = all('ENV').flatMap((line) => line.split(' ').map((each) => each.split('=')[0] ?? ''));
    expect(names.filter((name) => !variables().has(name))).toEqual([]);
    expect(all('EXPOSE')).toEqual([/PORT=(\d+)/.exec(all('ENV').join(' '))?.[1]]);
  });

  it('looks after itself with a program that works', async () => {
    const [, program = ''] = /HEALTHCHECK .*CMD (\[.*\])$/m.exec(instructions.join('\n')) ?? [];
    const [command, flag, code] = JSON.parse(program) as [string, string, string];
    expect([command, flag]).toEqual(['node', '-e']);
    expect(await exitOf(code, '1')).toBe(1);
    const gateway = await startGateway({ GRAPHIQL: 'off' });
    expect(await exitOf(code, new URL(gateway.url).port)).toBe(0);
    await gateway.stop();
  });
});

describe('the composed gateways', () => {
  const gateways = Object.entries(COMPOSE.services).filter(([name]) => name.startsWith('gateway'));

  it('are two, alike, behind a proxy that knows both', () => {
    expect(gateways).toHaveLength(2);
    const proxy = read('deploy/compose/Caddyfile');
    for (const [name] of gateways) expect(proxy).toContain(`${name}:4000`);
    expect(proxy).toContain('health_uri /readyz');
    expect(COMPOSE.services['proxy']?.volumes).toEqual(['./Caddyfile:/etc/caddy/Caddyfile:ro']);
    expect(COMPOSE.services).toHaveProperty('redis');
  });

  it('have variables that there are, and time to end', () => {
    for (const [, { environment = {}, stop_grace_period: grace = '', build }] of gateways) {
      expect(Object.keys(environment).filter((name) => !variables().has(name))).toEqual([]);
      expect(Number.parseInt(grace, 10)).toBeGreaterThan(Number(environment['STOP_GRACE_SECONDS']));
      expect(existsSync(new URL(`deploy/compose/${build?.context}/Dockerfile`, ROOT))).toBe(true);
    }
  });

  it('keep to themselves what is for operators', () => {
    expect(read('deploy/compose/Caddyfile')).toMatch(/@inside path \/metrics \/debug\/\*\n\s*respond @inside 404/);
  });
});

describe('the manifest for Kubernetes', () => {
  it('has variables that there are, and secrets by reference only', () => {
    expect(CONTAINER.env.map(({ name }) => name).filter((name) => !variables().has(name))).toEqual([]);
    for (const name of ['REDIS_URL', 'SCOPE_KEY', 'OPERATOR_TOKEN']) {
      const variable = CONTAINER.env.find((each) => each.name === name);
      expect(variable?.value).toBeUndefined();
      expect(variable?.valueFrom).toHaveProperty('secretKeyRef.name', 'graph-operations-gateway');
    }
    expect(MANIFESTS.map(({ kind }) => kind)).not.toContain('Secret');
  });

  it('has values that the gateway takes', () => {
    const plain = new Map(CONTAINER.env.map(({ name, value }) => [name, value]));
    expect(() => readConfig({ NODE_ENV: 'production', ...Object.fromEntries(plain) })).not.toThrow();
  });

  it('has probes that the gateway answers', async () => {
    const gateway = await startGateway({ GRAPHIQL: 'off' });
    const { startupProbe, livenessProbe, readinessProbe, ports } = CONTAINER;
    for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
      expect(ports.map(({ name }) => name)).toContain(httpGet.port);
      expect((await fetch(`${gateway.url}${httpGet.path}`)).status).toBe(200);
    }
    expect([livenessProbe.httpGet.path, readinessProbe.httpGet.path]).toEqual(['/healthz', '/readyz']);
    expect(String(ports[0]?.containerPort)).toBe(CONTAINER.env.find(({ name }) => name === 'PORT')?.value);
    expect(specOf('Service').ports?.[0]?.targetPort).toBe(ports[0]?.name);
    await gateway.stop();
  });

  it('gives it time to end after the sleep before', () => {
    const [, seconds] = CONTAINER.lifecycle.preStop.exec.command;
    const grace = Number(CONTAINER.env.find(({ name }) => name === 'STOP_GRACE_SECONDS')?.value);
    expect(POD.terminationGracePeriodSeconds).toBeGreaterThan(Number(seconds) + grace);
  });

  it('runs it as nobody special, and lets it write nothing', () => {
    expect(POD.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(CONTAINER.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('means the same pods throughout', () => {
    const { labels } = specOf('Deployment').template.metadata;
    expect(specOf('Deployment').selector).toEqual({ matchLabels: labels });
    expect(specOf('PodDisruptionBudget').selector).toEqual({ matchLabels: labels });
    expect(specOf('Service').selector).toEqual(labels);
  });
});

/** Runs a program as the image does. @returns its exit code */
async function exitOf(code: string, port: string): Promise<unknown> {
  const child = spawn(process.execPath, ['-e', code], { env: { PORT: port }, stdio: 'ignore' });
  const [exit] = (await once(child, 'exit')) as unknown[];
  return exit;
}
