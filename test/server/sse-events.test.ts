import { describe, expect, it } from '@jest/globals';
import { type Push } from '../../src/server/fan-out.js';
import { commentOf, eventsOf, KEEP_ALIVE } from '../../src/server/sse-events.js';

const push = (key: string, pieces: readonly string[], cursor = ''): Push => {
  const buffers = pieces.map((piece) => Buffer.from(piece));
  return { key, cursor, payload: { pieces: buffers, bytes: Buffer.concat(buffers).length } };
};
const PUSHES: readonly Push[] = [
  push('ключ "1"\n', ['{"a":', ',"b":', ',"ü":1}'], 'abc'),
  push('2', ['{"errors":[]}']),
  { key: 'ключ "1"\n', payload: null },
  push('💥', ['null']),
];

describe('server-sent events', () => {
  it('name their operation where there are several, and say the cursor wherever it goes', () => {
    expect(eventsOf(PUSHES, true).toString()).toBe(
      'event: next\ndata: {"id":"ключ \\"1\\"\\n","payload":{"a":"abc","b":"abc","ü":1}}\n\n' +
        'event: next\ndata: {"id":"2","payload":{"errors":[]}}\n\n' +
        'event: complete\ndata: {"id":"ключ \\"1\\"\\n"}\n\n' +
        'event: next\ndata: {"id":"💥","payload":null}\n\n',
    );
  });

  it('have their cursor for an id where there is one operation', () => {
    expect(eventsOf(PUSHES, false).toString()).toBe(
      'event: next\nid: abc\ndata: {"a":"abc","b":"abc","ü":1}\n\n' +
        'event: next\ndata: {"errors":[]}\n\n' +
        'event: complete\ndata:\n\n' +
        'event: next\ndata: null\n\n',
    );
  });

  it('are nothing where nothing is told', () => {
    expect(eventsOf([], true)).toHaveLength(0);
    for (const text of [KEEP_ALIVE, commentOf('bye')]) expect(text).toMatch(/^:[^\n]*\n\n$/);
  });
});
