import { Buffer } from 'node:buffer';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Searches what the tests of a run have heard for what they keep secret. */

/** What is shorter is not told from a word, and tests that have it stay with such names as `hers`. */
const MIN_LENGTH = 10;
/** README prints it, and a start without configuration does too: it opens the made-up Graph and nothing else. */
const PUBLIC = ['sandbox-token'];
/** Of these claims a token's caller is known. Source: Microsoft identity platform, access token claims reference. */
const CLAIMS = ['oid', 'sub', 'name', 'preferred_username', 'upn', 'email', 'unique_name'];
/** Texts that begin with the same letters are compared one by one. */
const WINDOW = 8;
const MAX_TOLD = 20;
const MAX_LINE_LENGTH = 300;

/**
 * @typedef {object} Finding
 * @property {number} bytes that were searched
 * @property {number} secrets that were searched for
 * @property {readonly string[]} leaks where there are some, without the secret itself
 */

/** @param {string} folder of a run @returns {Finding} */
export function searchFolder(folder) {
  const files = readdirSync(folder);
  const secrets = new Set(
    files
      .filter((file) => file.endsWith('.secrets'))
      .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n').filter(Boolean))
      .map((line) => String(JSON.parse(line)))
      .filter((secret) => secret.length >= MIN_LENGTH && !PUBLIC.includes(secret)),
  );
  const search = createSearch([...secrets].flatMap(formsOf));
  let bytes = 0;
  const leaks = files
    .filter((file) => file.endsWith('.output'))
    .sort()
    .flatMap((file) => {
      const output = readFileSync(join(folder, file));
      bytes += output.length;
      const tests = decodeURIComponent(file.slice(0, -'.output'.length));
      return search(output).map((line) => `${tests}: ${line}`);
    });
  return { bytes, secrets: secrets.size, leaks };
}

/** @param {Finding} finding @returns {string} */
export function tell({ bytes, secrets, leaks }) {
  const what = `searched ${(bytes / 1e6).toFixed(1)} MB of output for ${secrets} secrets`;
  if (leaks.length === 0) return `${what}: none found`;
  const told = leaks.slice(0, MAX_TOLD).map((leak) => `\n  ${leak}`);
  const more = leaks.length > told.length ? `\n  and ${leaks.length - told.length} more` : '';
  return `${what}: found in ${leaks.length} lines${told.join('')}${more}`;
}

/** @typedef {{ readonly bytes: Buffer, readonly as: string }} Needle */

/** In each way in which a text comes to be written: as it is, in JSON, in an address, in base64. @returns {Needle[]} */
function formsOf(/** @type {string} */ secret) {
  const texts = [secret, ...partsOfToken(secret)].filter((text) => text.length >= MIN_LENGTH);
  return texts.flatMap((text, at) => {
    const as = `[${secret.slice(0, 3)}…${at === 0 ? '' : ', a part of it'}]`;
    const forms = [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), ...base64Of(text)];
    return [...new Set(forms)].map((form) => ({ bytes: Buffer.from(form), as }));
  });
}

/** What a JWT says, what it is signed with, and whom it names; nothing of any other text. */
function partsOfToken(/** @type {string} */ secret) {
  const [, payload, signature] = /^eyJ[\w-]*\.([\w-]*)\.([\w-]*)$/.exec(secret) ?? [];
  if (payload === undefined || signature === undefined) return [];
  const claims = claimsOf(payload);
  // What an application proves itself with is by and about that application, whose id is public. Source: RFC 7523, 3.
  const names = claims['sub'] === claims['iss'] ? CLAIMS.filter((name) => name !== 'sub') : CLAIMS;
  return [payload, signature, ...names.map((name) => claims[name]).filter((claim) => typeof claim === 'string')];
}

/** @returns {Record<string, unknown>} */
function claimsOf(/** @type {string} */ payload) {
  try {
    return Object(JSON.parse(Buffer.from(payload, 'base64url').toString()));
  } catch {
    return {}; // a token of tests about broken ones
  }
}

/** What begins at any of the three places in a group: the letters that hang on what stands before and after are left out. */
function base64Of(/** @type {string} */ text) {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]);
    const whole = bytes.toString('base64').replace(/=+$/, '');
    const inside = whole.slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
    return [inside, inside.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** One pass over the output for all needles together: their first bytes are looked up by a hash that rolls along. */
function createSearch(/** @type {readonly Needle[]} */ needles) {
  const leaving = (31 ** WINDOW) | 0;
  const hashOf = (/** @type {Buffer} */ bytes) => {
    let hash = 0;
    for (let at = 0; at < WINDOW; at++) hash = (Math.imul(hash, 31) + bytes[at]) | 0;
    return hash;
  };
  /** @type {Map<number, Needle[]>} */
  const byHash = new Map();
  const isPossible = new Uint8Array(2 ** 16);
  for (const needle of needles) {
    const hash = hashOf(needle.bytes);
    byHash.set(hash, [...(byHash.get(hash) ?? []), needle]);
    isPossible[hash & 0xffff] = 1;
  }

  /** @returns {string[]} the lines with a secret in them, without it */
  return (/** @type {Buffer} */ output) => {
    const lines = [];
    let hash = 0;
    let toldUntil = 0;
    for (let end = 0; end < output.length; end++) {
      hash = (Math.imul(hash, 31) + output[end] - (end < WINDOW ? 0 : Math.imul(leaving, output[end - WINDOW]))) | 0;
      const start = end - WINDOW + 1;
      if (isPossible[hash & 0xffff] === 0 || start < toldUntil) continue;
      const found = byHash.get(hash)?.find(({ bytes }) => bytes.equals(output.subarray(start, start + bytes.length)));
      if (found === undefined) continue;
      const lineEnd = output.indexOf('\n', end);
      toldUntil = lineEnd === -1 ? output.length : lineEnd; // once for each line
      lines.push(excerpt(output.toString('utf8', output.lastIndexOf('\n', start) + 1, toldUntil), found));
    }
    return lines;
  };
}

function excerpt(/** @type {string} */ line, /** @type {Needle} */ { bytes, as }) {
  const at = line.indexOf(bytes.toString());
  const from = Math.max(0, at - MAX_LINE_LENGTH / 2);
  const source = /^\w+: /.exec(line)?.[0] ?? '';
  const hidden = line.slice(from).replaceAll(bytes.toString(), as);
  return (from === 0 ? hidden : `${source}… ${hidden}`).slice(0, MAX_LINE_LENGTH);
}
