import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { isJsonObject } from '../../src/operation/json.js';
import { metricsOf } from '../server/metrics.js';
import { openReady } from '../server/raw-socket.js';
import { sandboxOf, startGateway, type TestGateway } from '../server/start-gateway.js';
import { metricsIn } from './expressions.js';

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}

const ALERTS = (parse(read('deploy/prometheus/alerts.yml')) as Rules).groups.flatMap(({ rules }) => rules);
const DASHBOARD: unknown = JSON.parse(read('deploy/grafana/dashboard.json'));
const PAGE = read('docs/operations.md');

/** Every text under this name, however deep. */
function textsUnder(name: string, value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one: unknown) => textsUnder(name, one));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    key === name && typeof one === 'string' ? [one] : textsUnder(name, one),
  );
}

/** The first column of a table of the page, without its marks. */
function firstColumn(heading: string): readonly string[] {
  const [, rows = ''] = new RegExp(`^\\| ${heading} .*\n\\|[ -|]*\n((?:\\|.*\n)*)`, 'm').exec(PAGE) ?? [];
  return [...rows.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)(?:\{\w+\})?`/g)].map(([, name = '']) => name),
  );
}

describe('what is looked at while it runs', () => {
  let gateway: TestGateway;
  let series: ReadonlySet<string>;
  /** Of the gateway's own, without what Prometheus adds to the name of a histogram. */
  let names: ReadonlySet<string>;
  beforeAll(async () => {
    gateway = await startGateway({ GRAPHIQL: 'off' }, { ownsProcess: true });
    const socket = await openReady(gateway.url);
    const { location } = sandboxOf(gateway).begin({ life: { stalls: true } });
    const query = 'subscription ($refs: [OperationRef!]!) { operationStatusChanged(refs: $refs) { to } }';
    socket.send({ type: 'subscribe', id: '1', payload: { query, variables: { refs: [{ location }] } } });
    await socket.next();
    socket.close();
    series = new Set((await metricsOf(gateway)).keys());
    const page = await (await fetch(`${gateway.url}/metrics`)).text();
    names = new Set([...page.matchAll(/^# TYPE (gateway_\w+)/gm)].map(([, name = '']) => name));
  });
  afterAll(() => gateway.stop());

  const known = ({ name, labels }: { name: string; labels: string }): boolean => {
    const plain = labels.replace(/job=~"\$job",?/, '').replace('{}', '');
    if (plain !== '') return series.has(`${name}${plain}`);
    return [...series].some((each) => each === name || each.startsWith(`${name}{`));
  };

  it.each(ALERTS)('$alert looks at numbers that there are', ({ expr }) => {
    const asked = metricsIn(expr);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.filter((each) => !known(each))).toEqual([]);
  });

  it('the dashboard looks at numbers that there are', () => {
    const asked = textsUnder('expr', DASHBOARD).flatMap(metricsIn);
    expect(asked.length).toBeGreaterThan(30);
    expect(asked.filter((each) => !known(each))).toEqual([]);
  });

  it('the dashboard shows every number of the gateway’s own', () => {
    const shown = new Set(
      textsUnder('expr', DASHBOARD)
        .flatMap(metricsIn)
        .map(({ name }) => name),
    );
    expect([...names].filter((name) => !shown.has(name) && !shown.has(`${name}_bucket`))).toEqual([]);
  });

  it('every number is explained, and none that there is not', () => {
    expect([...firstColumn('metric')].sort()).toEqual([...names].sort());
  });

  it('every alert is explained, and none that there is not', () => {
    expect([...firstColumn('alert')].sort()).toEqual(ALERTS.map(({ alert }) => alert).sort());
  });
});

describe('metricsIn', () => {
  it.each([
    [
      'sum by (le) (rate(a_total{x="1"}[5m])) > 0.2 and b',
      [
        { name: 'a_total', labels: '{x="1"}' },
        { name: 'b', labels: '' },
      ],
    ],
    ['absent(ready)', [{ name: 'ready', labels: '' }]],
    ['1 - up', [{ name: 'up', labels: '' }]],
  ])('finds those in %s', (expression, asked) => {
    expect(metricsIn(expression)).toEqual(asked);
  });
});
