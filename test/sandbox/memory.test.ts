import { describe, expect, it } from '@jest/globals';
import { createLedger, type SeenRead } from '../../src/sandbox/ledger.js';
import { createTenant } from '../../src/sandbox/tenant.js';

describe('a sandbox that lives long', () => {
  it('remembers the last 20 000 reads, and how many there were', () => {
    const ledger = createLedger();
    const read = (request: number): SeenRead => ({
      at: request,
      method: 'GET',
      path: '/v1.0/me',
      userId: null,
      hostId: null,
      operationId: null,
      status: 200,
      part: false,
      request,
    });
    for (let request = 1; request <= 65_000; request++) ledger.add(read(request));
    expect([ledger.count(), ledger.reads().length]).toEqual([65_000, 20_000]);
    expect([ledger.reads()[0]?.request, ledger.reads().at(-1)?.request]).toEqual([45_001, 65_000]);
  });

  it('remembers the last thousand teams and chats that requests made, and all that were put there', () => {
    const tenant = createTenant();
    const team = (id: string) => ({ kind: 'team' as const, id, displayName: id, createdAt: 0, members: ['nora'] });
    tenant.addHost(team('kept'));
    for (let made = 1; made <= 1_002; made++) tenant.makeHost(team(`made-${made}`));
    expect(tenant.hostsOf('nora', 'team')).toHaveLength(1_001);
    expect(tenant.host('team', 'kept')).toBeDefined();
    expect(tenant.host('team', 'made-2')).toBeUndefined();
    expect(tenant.host('team', 'made-3')).toBeDefined();
  });
});
