import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, validate } from 'graphql';
import { createSchema } from '../src/api/schema.js';
import { readConfig, type Config } from '../src/config.js';
import { greeting, type Greeted } from '../src/greeting.js';
import { openReady } from './server/raw-socket.js';
import { startGateway, type TestGateway } from './server/start-gateway.js';

function subscriptionIn(text: string): string {
  return /^ {2}subscription .*^ {2}\}$/ms.exec(text)?.[0] ?? '';
}

describe('the greeting of a gateway on the sandbox', () => {
  let gateway: TestGateway;
  let text: string;
  beforeAll(async () => {
    gateway = await startGateway();
    text = greeting(gateway, readConfig({}));
  });
  afterAll(() => gateway.stop());

  it('tells where everything is, and that no real Graph is asked', () => {
    const { port } = new URL(gateway.url);
    expect(text).toContain(`Live board  http://127.0.0.1:${port}/\n`);
    expect(text).toContain(`GraphiQL    http://127.0.0.1:${port}/graphql`);
    expect(text).toContain(`WebSocket   ws://127.0.0.1:${port}/graphql`);
    expect(text).toContain(`Upstream    the built-in sandbox at ${gateway.sandbox?.url ?? 'none'}: made up`);
    expect(text).toContain('Interval    31 s between two checks');
  });

  it('has a subscription that is answered as it is pasted', async () => {
    const socket = await openReady(gateway.url);
    socket.send({ type: 'subscribe', id: '1', payload: { query: subscriptionIn(text) } });

    const event = { reason: 'SNAPSHOT', from: null, to: 'NOT_STARTED' };
    expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: { operationStatusChanged: event } } });
    socket.close();
    await socket.closed;
  });
});

describe('the greeting of a gateway on a real Graph', () => {
  const up: Greeted = { url: 'http://127.0.0.1:4000', sandbox: null };
  const on = (environment: Record<string, string> = {}): Config =>
    readConfig({ GRAPH_URL: 'https://graph.microsoft.com', ...environment });

  it('names it, and whose token it is asked with', () => {
    expect(greeting(up, on())).toContain(
      "Microsoft Graph at https://graph.microsoft.com, asked with each caller's own",
    );
  });

  it('has a subscription to fill in', async () => {
    const subscription = subscriptionIn(greeting(up, on()));
    expect(subscription).toContain("/teams('TEAM')/operations('OPERATION')");
    expect(validate(await createSchema(), parse(subscription))).toEqual([]);
  });

  it('does not send anybody to GraphiQL where that is off', () => {
    expect(greeting(up, on({ GRAPHIQL: 'off' }))).not.toContain('GraphiQL');
  });
});
