import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { auditServer, type AuditResult } from 'graphql-http';
import { startGateway, type TestGateway } from './start-gateway.js';

describe('GraphQL over HTTP', () => {
  let gateway: TestGateway;
  let results: readonly AuditResult[];

  beforeAll(async () => {
    gateway = await startGateway();
    // The guard against forged requests stays on: what a page could send unasked has to show a header that it could not.
    const fetchFn: typeof fetch = (url, init) =>
      fetch(url, {
        ...init,
        headers: { ...Object.fromEntries(new Headers(init?.headers)), 'apollo-require-preflight': '1' },
      });
    results = await auditServer({ url: `${gateway.url}/graphql`, fetchFn });
  });
  afterAll(() => gateway.stop());

  it('passes every audit of graphql-http, and not one with a warning', () => {
    expect(
      results.filter(({ status }) => status !== 'ok').map(({ id, name, status }) => ({ id, name, status })),
    ).toEqual([]);
    expect(results).toHaveLength(61);
  });
});
