import fc from 'fast-check';

/** Those below the half surrogates, and as many as follow these. */
const [BELOW, HALVES, ALL] = [0xd800, 0x800, 0x110000];

/** Any character. fast-check's own `binary` is the same, and takes a second to be made. */
export const character = fc
  .nat(ALL - HALVES - 1)
  .map((at) => String.fromCodePoint(at < BELOW ? at : at + HALVES), codePlace);

/** @throws where it is no one character, as `map` wants it: so texts such as `__proto__` are among the strings */
function codePlace(text: unknown): number {
  const [code, ...more] = typeof text === 'string' ? Array.from(text, (one) => one.codePointAt(0)) : [];
  if (code === undefined || more.length > 0) throw new Error('Not one character');
  return code < BELOW ? code : code - HALVES;
}

/** What a key must not hold, as the domain says it: written out anew, so that a slip there cannot hide here. */
const NEVER_IN_A_KEY = /^\.{0,2}$|^\$|^\('|^\(.*\)$|[/\\?#%"<>|\p{Cc}\p{Zl}\p{Zp} \u00a0]/u;

/** Ids as Graph makes them, and any other text it could: parentheses, quotes, dots and letters of every script. */
export const legalKey = fc
  .oneof(
    fc.uuid(),
    fc.tuple(fc.uuid(), fc.uuid(), fc.uuid()).map((guids) => guids.join('-')),
    fc.uuid().map((guid) => `19:${guid.replaceAll('-', '')}@thread.v2`),
    fc.string({ minLength: 1, unit: fc.constantFrom(...Array.from("abcXYZ019()'!*:@_;=,$&+~.-[]{}^`")) }),
    fc.string({ minLength: 1, unit: character }),
  )
  .filter((key) => !NEVER_IN_A_KEY.test(key) && Buffer.byteLength(key) * 3 <= 512);

/** Pieces that locations are made of, and those that attacks on them are made of. */
const piece = fc.oneof(
  fc.constantFrom(
    ...['/', '//', '\\', '.', '..', '/../', '%2e%2e', '%2F', '%252F', '%5C', '%00', '%0d%0a', '%', '%E0%A4', '?', '#'],
    ...['@', ':', ';', "'", "''", '(', ')', "('", "')", ' ', '\t', '\n', '\u0000', '\u00a0', '\u2028', '\ud800'],
    ...[
      'https:',
      'http://',
      '//graph.microsoft.com',
      'https://graph.microsoft.com',
      'https://graph.microsoft.com@evil.test',
    ],
    ...['v1.0', 'beta', 'teams', 'groups', 'team', 'me', 'users', 'joinedTeams', 'chats', 'operations', 'Location: '],
    ...['/teams/T', "/teams('T')", '/operations/O', "/operations('O')", '/chats/19%3Ac%40thread.v2'],
  ),
  fc.string({ unit: character, maxLength: 4 }),
);

/** Any text: noise, half surrogates, and texts that are almost locations. */
export const anyText = fc.oneof(
  fc.string({ unit: character }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
  fc
    .tuple(fc.constantFrom("/teams('T')/operations('O')", '/v1.0/teams/T/operations/O'), fc.nat(30), fc.nat(4), piece)
    .map(([location, at, dropped, inserted]) => location.slice(0, at) + inserted + location.slice(at + dropped)),
);
