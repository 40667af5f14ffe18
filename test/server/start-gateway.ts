import { EventEmitter, once } from 'node:events';
import { startApp, type App } from '../../src/app.js';
import { type Surroundings } from '../../src/app/surroundings.js';
import { readConfig } from '../../src/config.js';
import { systemClock } from '../../src/lib/clock.js';
import { type Log } from '../../src/lib/log.js';
import { systemRandom } from '../../src/lib/random.js';
import { startSandbox, type Sandbox } from '../../src/sandbox/server.js';
import { hearLogLine } from '../support/secrets-log.js';

/** One event of the log: its fields, and what it is called. */
export interface LogLine {
  readonly level: keyof Log;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface TestGateway extends App {
  /** What was logged so far, oldest first. */
  readonly logged: readonly LogLine[];
  /** Resolves once an event was logged so often. */
  happened(event: string, times?: number): Promise<void>;
}

/** The whole gateway on a free port, with the built-in sandbox unless `environment` names another Graph. */
export async function startGateway(
  environment: Readonly<Record<string, string>> = {},
  surroundings: Partial<Surroundings> = {},
): Promise<TestGateway> {
  const logged: LogLine[] = [];
  const lines = new EventEmitter();
  const write = (level: keyof Log) => (fields: object, event: string) => {
    logged.push({ level, event, fields: { ...fields } });
    hearLogLine({ level, event, fields });
    lines.emit('line');
  };
  const app = await startApp(readConfig({ PORT: '0', POLL_INTERVAL_SECONDS: '0.3', ...environment }), {
    clock: systemClock,
    random: systemRandom,
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    version: '0.0.0-test',
    graphiqlDirectory: new URL('../../dist/graphiql/', import.meta.url),
    boardDirectory: new URL('../../dist/board/', import.meta.url),
    ...surroundings,
  });
  return {
    ...app,
    logged,
    async happened(event, times = 1) {
      while (logged.filter((line) => line.event === event).length < times) await once(lines, 'line');
    },
  };
}

/** The sandbox inside a gateway that has one. */
export function sandboxOf({ sandbox }: App): Sandbox {
  if (sandbox === null) throw new Error('This gateway asks another Graph.');
  return sandbox;
}

/** A gateway that takes the sandbox for the real Graph: callers have to bring a token of their own. */
export async function startGatewayOfGraph(
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly gateway: TestGateway; readonly graph: Sandbox; readonly stop: () => Promise<void> }> {
  const graph = await startSandbox({ clock: systemClock, random: systemRandom });
  const gateway = await startGateway({ GRAPH_URL: graph.url, ...environment });
  return {
    gateway,
    graph,
    async stop() {
      await gateway.stop();
      await graph.close();
    },
  };
}
