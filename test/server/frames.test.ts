import { describe, expect, it } from '@jest/globals';
import { type Push } from '../../src/server/fan-out.js';
import { framesOf } from '../../src/server/frames.js';
import { textsIn } from './frame-texts.js';

const push = (key: string, pieces: readonly string[], cursor = 'c'): Push => {
  const buffers = pieces.map((piece) => Buffer.from(piece));
  return { key, cursor, payload: { pieces: buffers, bytes: Buffer.concat(buffers).length } };
};
const shell = '{"id":"1","type":"next","payload":"…"}'.length - '"…"'.length;

describe('frames', () => {
  it.each([
    [0],
    [1],
    [123],
    [124],
    [125],
    [126],
    [127],
    [128],
    [65_533],
    [65_534],
    [65_535],
    [65_536],
    [65_537],
    [200_000],
  ])('hold a text of %i bytes', (length) => {
    const piece = length < shell + 2 ? '""' : `"${'x'.repeat(length - shell - 2)}"`;
    const text = `{"id":"1","type":"next","payload":${piece}}`;
    expect(textsIn(framesOf([push('1', [piece])]))).toEqual([text]);
  });

  it('say the cursor wherever it goes, and stand one behind the other', () => {
    expect(
      textsIn(
        framesOf([push('é', ['{"a":', ',"b":', ',"ü":1}'], 'abc'), { key: '"', payload: null }, push('3', ['null'])]),
      ),
    ).toEqual([
      '{"id":"é","type":"next","payload":{"a":"abc","b":"abc","ü":1}}',
      '{"id":"\\"","type":"complete"}',
      '{"id":"3","type":"next","payload":null}',
    ]);
  });
});
