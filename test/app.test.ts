import { describe, expect, it } from '@jest/globals';
import { systemClock, type Clock } from '../src/lib/clock.js';
import { DEMO } from '../src/sandbox/demo.js';
import { startGateway } from './server/start-gateway.js';

/** The machine's clock, and how many wakings it still owes. */
function createCountingClock(): Clock & { readonly pending: () => number } {
  const pending = new Set<object>();
  return {
    now: () => systemClock.now(),
    wakeAt(at, wake) {
      const waking = {};
      pending.add(waking);
      const cancel = systemClock.wakeAt(at, () => {
        pending.delete(waking);
        wake();
      });
      return () => {
        pending.delete(waking);
        cancel();
      };
    },
    pending: () => pending.size,
  };
}

describe('the gateway', () => {
  it('leaves no timer behind that would hold its process', async () => {
    const clock = createCountingClock();
    const gateway = await startGateway({}, { clock });
    gateway.sandbox?.fail({ match: { path: DEMO.teamId }, fault: { kind: 'status', status: 503 } });
    const query = `{
      failing: operation(ref: { team: { hostId: "${DEMO.teamId}", operationId: "${DEMO.teamOperationId}" } }) { state }
      listed: operations(host: { chatId: "${DEMO.chatId}" }) { edges { node { state } } }
    }`;
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }] });
    expect(clock.pending()).toBeGreaterThan(0);

    await gateway.stop();

    expect(clock.pending()).toBe(0);
  });
});
