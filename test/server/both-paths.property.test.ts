import { expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { createSchema } from '../../src/api/schema.js';
import { createStream, isEnding, type Change, type Ending, type Stream } from '../../src/poll/stream.js';
import { createFakeClock } from '../support/fake-clock.js';
import { runs } from '../support/runs.js';
import { anyChange, anyEnding } from './any-change.js';
import { anySubscription } from './any-document.js';
import { createConversations } from './conversation.js';

/** Where the client stands, which its cursors tell of. */
const BEHIND = new Map([['3', 7]]);

function streamOf(events: readonly (Change | Ending)[]): Stream {
  const unknown = { behind: BEHIND, untoldFrom: null, listedAt: null };
  const stream = createStream({
    digest: 'a digest',
    after: null,
    client: { hasRead: () => undefined, unknown: () => unknown, onDone: () => undefined },
  });
  for (const event of events) {
    if (isEnding(event)) stream.fail(event);
    else stream.tell(event, true);
  }
  stream.end();
  return stream;
}

it('what is written once for many is to the byte what each would be written alone', async () => {
  const schema = await createSchema();
  const { hear, tally } = await createConversations(createFakeClock(), schema);
  const seed = Number(process.env['FAST_CHECK_SEED'] ?? randomInt(2 ** 31));
  console.log(`fast-check seed ${seed}`);
  let refused = 0;
  let heard = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.gen(),
      fc.array(fc.oneof({ weight: 4, arbitrary: anyChange }, anyEnding), { maxLength: 4 }),
      async (any, events) => {
        const asking = anySubscription(schema, any);
        const pushed = await hear('push', asking, streamOf(events));
        const pulled = await hear('pull', asking, streamOf(events));

        expect(pushed).toEqual(pulled);
        heard += 1;
        if (pushed.some((text) => text.includes('"type":"error"'))) refused += 1;
      },
    ),
    { seed, numRuns: runs(500), endOnFailure: false },
  );
  expect(refused / heard).toBeLessThan(0.1); // most documents are good ones
  expect(tally.events).toBeGreaterThan(heard / 2);
}, 180_000);
