import { openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { type Readable } from 'node:stream';

/**
 * What the tests keep secret, and what they hear of gateways, sandboxes and their own console. When all have run,
 * secrets-reporter.mjs searches the one for the other. Outside of such a run nothing is written down.
 */

/** Where the file of tests that runs now writes; secrets.setup.ts sets it. */
const PATH_VARIABLE = 'SECRETS_PATH';

const known = new Set<string>();

/** A token, a client's secret, or what a caller claims of itself: from now on nothing may tell it. @returns it as it is */
export function secret(text: string): string {
  if (!known.has(text)) {
    known.add(text);
    write('secrets', JSON.stringify(text));
  }
  return text;
}

/** The token of a header or of a payload's `authorization`, whatever it is; what has the form of none is no secret. */
export function secretIn(authorization: unknown): void {
  const token = typeof authorization === 'string' ? /^\s*Bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] : undefined;
  if (token !== undefined) secret(token);
}

/** @param source who said it, such as `log` or `answer` */
export function heard(source: string, text: string): void {
  write('output', `${source}: ${text}`);
}

/** Hears all that a process writes, line by line. */
export function overhear(source: string, ...streams: readonly Readable[]): void {
  for (const input of streams) createInterface({ input }).on('line', (line) => heard(source, line));
}

export function hearFrom(path: string): void {
  process.env[PATH_VARIABLE] = path;
}

/** Files that are open, by their path: a file of tests writes a hundred thousand lines into two of them. */
const open = new Map<string, number>();

function write(kind: 'secrets' | 'output', line: string): void {
  const path = process.env[PATH_VARIABLE];
  if (path === undefined) return;
  const name = `${path}.${kind}`;
  const file = open.get(name) ?? openSync(name, 'a');
  open.set(name, file);
  // At once, and not when the tests of the file are over: a process that crashes has told everything until then.
  writeSync(file, `${line}\n`);
}
