import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InputError } from '../../src/operation/failure.js';
import { digestOf, knownUpTo, parseCursor, printCursor, type Cursor } from '../../src/poll/cursor.js';

const cursor: Cursor = {
  stamp: 100,
  digest: digestOf(['/a', '/b']),
  behind: new Map([
    ['0', null],
    ['1', 60],
  ]),
  untoldFrom: null,
  listedAt: null,
};

describe('a cursor', () => {
  it('comes back as it was given out', () => {
    const cursors = fc.record({
      stamp: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
      digest: fc.string(),
      behind: fc.dictionary(fc.string(), fc.constant(null)).map((entries) => new Map(Object.entries(entries))),
      untoldFrom: fc.option(fc.string({ unit: 'grapheme' })),
      listedAt: fc.option(fc.nat()),
    });
    fc.assert(fc.property(cursors, (each) => expect(parseCursor(printCursor(each))).toEqual(each)));
    expect(parseCursor(printCursor(cursor))).toEqual(cursor);
  });

  it('says of an operation that is not behind only what it says of all', () => {
    const { behind } = parseCursor(printCursor({ ...cursor, behind: new Map([['1', 100]]) }));

    expect(behind).toEqual(new Map());
  });

  const print = (fields: unknown): string => Buffer.from(JSON.stringify(fields)).toString('base64url');
  it.each([
    '',
    'nonsense',
    '%00',
    print({}),
    print([1]),
    print([1, 'd', [], null]),
    print(['1', 'd', [], null, null]),
    print([1.5, 'd', [], null, null]),
    print([1e300, 'd', [], null, null]),
    print([1, 2, [], null, null]),
    print([1, 'd', {}, null, null]),
    print([1, 'd', ['0'], null, null]),
    print([1, 'd', [['0', '1']], null, null]),
    print([1, 'd', [['0', 1, 2]], null, null]),
    print([1, 'd', [[0, 1]], null, null]),
    print([1, 'd', [], 3, null]),
    print([1, 'd', [], null, 'soon']),
  ])('that is none is the mistake of whoever wrote it: %s', (text) => {
    expect(() => parseCursor(text)).toThrow(InputError);
  });

  it('that is any text is read or refused, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => Buffer.from(json).toString('base64url')),
        ),
        (text) => {
          try {
            expect(Number.isSafeInteger(parseCursor(text).stamp)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
    );
  });

  it.each([
    { brings: null, key: '2', upTo: null, because: 'the stream begins' },
    { brings: cursor, key: '2', upTo: 100, because: 'it was told of' },
    { brings: cursor, key: '1', upTo: 60, because: 'it is behind' },
    { brings: cursor, key: '0', upTo: null, because: 'it was not told of' },
    { brings: { ...cursor, digest: 'another' }, key: '2', upTo: 0, because: 'the cursor is of another stream' },
    { brings: { ...cursor, untoldFrom: '/c' }, key: '/c', upTo: null, because: 'the first list broke off there' },
    { brings: { ...cursor, untoldFrom: '/c' }, key: '/d', upTo: null, because: 'it comes after that' },
    { brings: { ...cursor, untoldFrom: '/c' }, key: '/b', upTo: 100, because: 'it comes before that' },
    { brings: { ...cursor, behind: new Map([['1', 999]]) }, key: '1', upTo: 100, because: 'nothing exceeds the whole' },
  ])('knows an operation up to $upTo when $because', ({ brings, key, upTo }) => {
    expect(knownUpTo(brings, cursor.digest, key)).toBe(upTo);
  });

  it('is bound to the operations of its stream, in their order', () => {
    expect(digestOf(['/a', '/b'])).toBe(cursor.digest);
    expect(new Set([['/a'], ['/a', '/b'], ['/b', '/a'], ['/a/b']].map(digestOf)).size).toBe(4);
  });

  it('is refused when it is longer than any that is given out', () => {
    const long = print([1, 'x', Array.from({ length: 700 }, (_, at) => [String(at), null]), null, null]);
    expect(long.length).toBeGreaterThan(8_192);
    expect(() => parseCursor(long)).toThrow('`after` has at most 8192 characters.');
  });

  it.each([null, '/operations/000050', '/operations/999999'])(
    'says that nothing was told from some place on, rather than grow long (%s)',
    (untoldFrom) => {
      const keys = Array.from({ length: 1_000 }, (_, at) => `/operations/${String(at).padStart(6, '0')}`);
      const all = { ...cursor, behind: new Map(keys.toReversed().map((key) => [key, 60])), untoldFrom };
      const told = parseCursor(printCursor(all));

      expect(told.behind.size).toBeGreaterThan(50);
      expect(told.untoldFrom).not.toBeNull();
      for (const key of keys) {
        const upTo = knownUpTo(told, cursor.digest, key);
        expect(upTo === null || upTo === knownUpTo(all, cursor.digest, key)).toBe(true);
      }
      expect(knownUpTo(told, cursor.digest, '/operations/000049')).toBe(60);
    },
  );
});
