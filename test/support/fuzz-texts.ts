import { type Chance } from './fuzz-chance.js';

/** What programs have stumbled over: quotes, escapes, ends of text, halves of characters, names of every object. */
const PIECES = [
  '"', "'", '\\', '`', '\u0000', '\n', '\r\n', '\t', '\u2028', '\ufeff', '\u202e', '\ud800', '\udc00', '💥', 'ﬀ', 'İ', 'é',
  '{', '}', '(', ')', '[', ']', '$', '#', '@', '!', '...', ':', '&', '|', '=', '%', '%00', '%2e', '<script>', '-->', '${a}',
  '__proto__', 'constructor', 'toString', 'null', 'undefined', 'NaN', '-1', '1e999', '0x10', 'true', '../', '//', 'a', 'Z', ' ',
] as const; // prettier-ignore

export function pieceOf(chance: Chance): string {
  return chance.pick(PIECES);
}

/** Mostly short. */
export function anyText(chance: Chance): string {
  return chance.weighed<string>([
    [4, () => chance.several(0, 6, () => pieceOf(chance)).join('')],
    [2, () => String.fromCharCode(...chance.several(0, 12, () => chance.below(0x10000)))],
    [2, () => chance.several(1, 16, () => chance.pick(['a', 'b', 'C', '7', '-', '_', '.'])).join('')],
    [0.1, () => pieceOf(chance).repeat(chance.below(2_000))],
  ]);
}

/** A value of any type that JSON has. */
export function anyValue(chance: Chance, depth = 3): unknown {
  return chance.weighed<unknown>([
    [3, () => anyText(chance)],
    [2, () => chance.pick<unknown>([null, true, false, 0, -1, 1.5, 2 ** 31, 2 ** 53, 1e308, -0])],
    [depth > 0 ? 1 : 0, () => chance.several(0, 4, () => anyValue(chance, depth - 1))],
    [
      depth > 0 ? 1 : 0,
      () => Object.fromEntries(chance.several(0, 4, () => [anyText(chance), anyValue(chance, depth - 1)])),
    ],
  ]);
}

/** The text with something taken out, doubled, put in or cut off, now and then in several places. */
export function mutated(chance: Chance, text: string): string {
  let result = text;
  for (let turn = chance.below(3); turn >= 0; turn--) {
    const at = chance.below(result.length + 1);
    const length = chance.below(8);
    result = chance.weighed<string>([
      [2, () => result.slice(0, at) + result.slice(at + length)],
      [2, () => result.slice(0, at) + pieceOf(chance) + result.slice(at)],
      [1, () => result.slice(0, at + length) + result.slice(at)],
      [0.5, () => result.slice(0, at)],
    ]);
  }
  return result;
}
