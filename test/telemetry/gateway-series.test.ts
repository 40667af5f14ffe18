import { afterEach, describe, expect, it } from '@jest/globals';
import { LIMIT_NAMES } from '../../src/operation/failure.js';
import { createFakeClock } from '../support/fake-clock.js';
import { ONE_OPERATION, startSandboxGateway } from '../support/gateway.js';
import { metricsOf } from '../server/metrics.js';
import { openReady } from '../server/raw-socket.js';
import { sandboxOf, startGateway, type TestGateway } from '../server/start-gateway.js';

const START = Date.UTC(2027, 0, 1);

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
    const names = ['sockets', 'subscriptions', 'watches', 'watched_hosts', 'waits', 'ready', 'store_up', 'replicas'];
    expect(names.map((name) => metrics.get(`gateway_${name}`))).toEqual([1, 1, 1, 1, 0, 1, 1, 1]);
    expect(metrics.get('gateway_events_total')).toBe(1);
    socket.close();
  });

  it('are there from the start, for every limit, outcome and budget', async () => {
    gateway = await startGateway();
    const metrics = await metricsOf(gateway);
    for (const limit of LIMIT_NAMES) expect(metrics.get(`gateway_refused_total{limit="${limit}"}`)).toBe(0);
    for (const outcome of ['read', 'listed', 'throttled', 'overBudget', 'unavailable', 'malformed', 'notFound']) {
      expect(metrics.get(`gateway_checks_total{outcome="${outcome}"}`)).toBe(0);
    }
    expect(metrics.get('gateway_graph_budget_reads{budget="tenant"}')).toBe(30);
    expect(metrics.get('gateway_graph_budget_left_reads{budget="team"}')).toBe(4);
    expect(metrics.get('gateway_check_lag_seconds_bucket{le="+Inf"}')).toBe(0);
    expect(metrics.get('gateway_build_info{version="0.0.0-test"}')).toBe(1);
  });

  it('may be off', async () => {
    gateway = await startGateway({ METRICS: 'off' });
    const response = await fetch(`${gateway.url}/metrics`);
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('METRICS');
  });

  it('count a read of Graph once, and what queries are told without one', async () => {
    const clock = createFakeClock(START);
    const { sandbox, query, url } = await startSandboxGateway({ clock });
    const { location } = sandbox.begin({ life: { stalls: true } });
    await query(ONE_OPERATION, { ref: { location } });
    await clock.advance(10_000);
    await query(ONE_OPERATION, { ref: { location } });

    const metrics = await metricsOf({ url });
    expect(metrics.get('gateway_checks_total{outcome="read"}')).toBe(1);
    expect(metrics.get('gateway_graph_reads_total')).toBe(1);
    expect(metrics.get('gateway_graph_requests_total{type="single"}')).toBe(1);
    expect(metrics.get('gateway_graph_request_duration_seconds_count')).toBe(1);
    expect(metrics.get('gateway_snapshots_served_total')).toBe(1);
    expect(metrics.get('gateway_snapshot_age_seconds_count')).toBe(2);
    expect(metrics.get('gateway_snapshot_age_seconds_sum')).toBe(10);
    expect(metrics.get('gateway_answers_total{class="2xx"}')).toBeGreaterThanOrEqual(2);
  });

  it('count what came of a read that failed', async () => {
    const { sandbox, query, url } = await startSandboxGateway();
    sandbox.fail({ fault: { kind: 'status', status: 503 } });
    await query(ONE_OPERATION, { ref: { location: sandbox.begin().location } });
    expect((await metricsOf({ url })).get('gateway_checks_total{outcome="unavailable"}')).toBe(1);
  });

  it('count the reads that three subscribers of one operation share', async () => {
    const clock = createFakeClock(START);
    const { sandbox, watch, url, logged } = await startSandboxGateway({ clock });
    const { location } = sandbox.begin({ life: { stalls: true } });
    const watching = await Promise.all([1, 2, 3].map(() => watch({ refs: [{ location }] })));
    await clock.advance(20); // first reads gather
    for (const each of watching) await each.change();
    const before = await metricsOf({ url });
    await clock.advance(31_000);
    await logged('check', 2);
    await clock.advance(1);

    const metrics = await metricsOf({ url });
    const grown = (name: string): number => (metrics.get(name) ?? NaN) - (before.get(name) ?? NaN);
    expect(grown('gateway_graph_reads_total')).toBe(1);
    expect(grown('gateway_reads_saved_total')).toBe(2);
    expect(grown('gateway_check_lag_seconds_count')).toBe(1);
    expect(metrics.get('gateway_proofs_overdue')).toBe(0);
    expect(metrics.get('gateway_lease_takeovers_total')).toBe(0);
  });
});
