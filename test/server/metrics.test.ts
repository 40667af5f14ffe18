import { afterEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '../../src/server/metrics.js';
import { metricsOf } from './metrics.js';
import { openReady } from './raw-socket.js';
import { sandboxOf, startGateway, type TestGateway } from './start-gateway.js';

describe('the metrics', () => {
  let gateway: TestGateway | null = null;
  afterEach(async () => {
    await gateway?.stop();
    gateway = null;
  });

  it('tell what is open now', async () => {
    gateway = await startGateway();
    const socket = await openReady(gateway.url);
    const { location } = sandboxOf(gateway).begin({ life: { stalls: true } });
    const query = 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { to } }';
    socket.send({ type: 'subscribe', id: '1', payload: { query, variables: { refs: [{ location }] } } });
    await socket.next();
    const metrics = await metricsOf(gateway);
    expect(['sockets', 'subscriptions', 'watches', 'waits'].map((name) => metrics.get(`gateway_${name}`))).toEqual([
      1, 1, 1, 0,
    ]);
    socket.close();
  });

  it('may be off', async () => {
    gateway = await startGateway({ METRICS: 'off' });
    const response = await fetch(`${gateway.url}/metrics`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('METRICS');
  });

  it('count refusals by their limit', async () => {
    const metrics = createMetrics({ ofProcess: false });
    metrics.refused('REFS');
    metrics.refused('REFS');
    metrics.refused('IDS');
    const { text, type } = await metrics.read();
    expect(text).toContain('gateway_refused_total{limit="REFS"} 2\n');
    expect(text).toContain('gateway_refused_total{limit="IDS"} 1\n');
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).not.toContain('process_');
  });

  it('tell of the process where it is the gateway’s own', async () => {
    expect((await createMetrics({ ofProcess: true }).read()).text).toContain('process_resident_memory_bytes ');
  });
});
