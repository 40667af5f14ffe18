import { describe, expect, it } from '@jest/globals';
import { createStops } from '../../src/app/stops.js';
import { silentLog } from '../../src/lib/log.js';

function world() {
  const happened: string[] = [];
  const log = { ...silentLog, error: (_fields: object, event: string) => void happened.push(event) };
  return { happened, stops: createStops(log) };
}

describe('the stops of what was started', () => {
  it('end what was started last first, and each waits for the one before', async () => {
    const { happened, stops } = world();
    stops.add(() => void happened.push('store'));
    stops.add(async () => {
      happened.push('server begins');
      await Promise.resolve();
      happened.push('server ends');
    });

    expect(stops.hasBegun).toBe(false);
    const ended = stops.run();
    expect(stops.hasBegun).toBe(true);
    await ended;
    expect(happened).toEqual(['server begins', 'server ends', 'store']);
  });

  it('give each its turn, whatever becomes of the others', async () => {
    const { happened, stops } = world();
    stops.add(() => void happened.push('store'));
    stops.add(() => Promise.reject(new Error('The poll was not stopped.')));
    stops.add(() => {
      throw new Error('The server was not stopped.');
    });

    await stops.run();
    expect(happened).toEqual(['part not stopped', 'part not stopped', 'store']);
  });

  it('are run once, however often that is asked for', async () => {
    const { happened, stops } = world();
    stops.add(() => void happened.push('store'));

    await Promise.all([stops.run(), stops.run()]);
    await stops.run();
    expect(happened).toEqual(['store']);
  });
});
