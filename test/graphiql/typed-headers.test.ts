import { beforeEach, describe, expect, it } from '@jest/globals';
import { createTypedHeaders, PAUSE_MS, type TypedHeaders } from '../../src/graphiql/typed-headers.js';
import { createFakeClock, type FakeClock } from '../support/fake-clock.js';

describe('the headers that are typed', () => {
  let clock: FakeClock;
  let typed: TypedHeaders;
  /** What whoever follows the first tab was told. */
  let told: (string | null)[];
  const type = (headers: string, id = 'first'): void => typed.tabIs({ id, headers });
  beforeEach(() => {
    clock = createFakeClock();
    typed = createTypedHeaders({
      parse: (text) => (text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>)),
      wakeIn: (ms, wake) => clock.wakeAt(clock.now() + ms, wake),
    });
    told = [];
    typed.tabIs({ id: 'first', headers: null });
    typed.follow((headers) => void told.push(headers.get('authorization')));
  });

  it('are told once nobody types any more', async () => {
    for (const text of ['{"authorization": "o"}', '{"authorization": "on"}', '{"authorization": "one"}']) {
      type(text);
      await clock.advance(PAUSE_MS - 1);
    }
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual(['one']);

    type('');
    await clock.advance(PAUSE_MS);
    expect(told).toEqual(['one', null]);
  });

  it('are not awaited any longer because results come in the meantime', async () => {
    type('{"authorization": "one"}');
    await clock.advance(PAUSE_MS / 2);
    type('{"authorization": "one"}'); // as GraphiQL tells of any other change of the tab
    await clock.advance(PAUSE_MS / 2);
    expect(told).toEqual(['one']);
    await clock.advance(PAUSE_MS);
    expect(told).toHaveLength(1);
  });

  it.each(['{"authorization": "on', '"one"', '{"not a name": "one"}', '{"authorization": "\\n\\u4e00"}'])(
    'are none yet where they cannot be sent: %s',
    async (text) => {
      type(text);
      await clock.advance(PAUSE_MS);
      expect(told).toEqual([]);
    },
  );

  it('are not those of another tab', async () => {
    type('{"authorization": "one"}');
    type('{"authorization": "two"}', 'second');
    await clock.advance(PAUSE_MS);
    const inSecond: (string | null)[] = [];
    typed.follow((headers) => void inSecond.push(headers.get('authorization')));
    type('{"authorization": "three"}', 'second');
    await clock.advance(PAUSE_MS);
    expect(told).toEqual([]);
    expect(inSecond).toEqual(['three']);
  });

  it('are not told to whom they do not concern any more', async () => {
    const others: unknown[] = [];
    const leave = typed.follow((headers) => void others.push(headers));
    type('{"authorization": "one"}');
    leave();
    await clock.advance(PAUSE_MS);
    expect(others).toEqual([]);
    expect(told).toEqual(['one']);
  });
});
