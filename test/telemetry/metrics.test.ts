import { describe, expect, it } from '@jest/globals';
import { createHistogram } from '../../src/lib/histogram.js';
import { createMetrics } from '../../src/telemetry/metrics.js';

describe('the page of metrics', () => {
  it('tells numbers as they stand when it is read', async () => {
    let open = 3;
    let written = 7;
    const metrics = createMetrics({ ofProcess: false });
    metrics.add([
      { type: 'gauge', name: 'open', help: 'Open now.', read: () => open },
      { type: 'counter', name: 'written_total', help: 'Written.', read: () => written },
    ]);
    expect((await metrics.read()).text).toContain('# TYPE open gauge\nopen 3\n');
    open = 1;
    written = 9;
    const { text, type } = await metrics.read();
    expect(text).toContain('open 1\n');
    expect(text).toContain('# HELP written_total Written.\n# TYPE written_total counter\nwritten_total 9\n');
    expect(type).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).not.toContain('process_');
  });

  it('tells one series for each value of a label, from the start', async () => {
    const metrics = createMetrics({ ofProcess: false });
    metrics.add([
      {
        type: 'counter',
        name: 'refused_total',
        help: 'Refused.',
        label: 'limit',
        read: () => ({ REFS: 2, IDS: 0 }),
      },
    ]);
    const { text } = await metrics.read();
    expect(text).toContain('refused_total{limit="REFS"} 2\nrefused_total{limit="IDS"} 0\n');
  });

  it('tells how many values fell below each bound', async () => {
    const counts = createHistogram([0.1, 1]);
    for (const seconds of [0.05, 0.1, 0.5, 7]) counts.observe(seconds);
    const metrics = createMetrics({ ofProcess: false });
    metrics.add([{ type: 'histogram', name: 'lag_seconds', help: 'Lag.', counts }]);
    expect((await metrics.read()).text).toBe(
      [
        '# HELP lag_seconds Lag.',
        '# TYPE lag_seconds histogram',
        'lag_seconds_bucket{le="0.1"} 2',
        'lag_seconds_bucket{le="1"} 3',
        'lag_seconds_bucket{le="+Inf"} 4',
        'lag_seconds_sum 7.65',
        'lag_seconds_count 4',
        '',
      ].join('\n'),
    );
  });

  it('tells of the process where it is the gateway’s own', async () => {
    const { text } = await createMetrics({ ofProcess: true }).read();
    expect(text).toContain('process_resident_memory_bytes ');
    expect(text).toContain('nodejs_eventloop_lag_p99_seconds ');
  });
});
