import { join, relative } from 'node:path';
import { expect } from '@jest/globals';
import { heard, hearFrom, secretIn } from './secrets.js';

/** Runs before each file of tests: what it asks over HTTP, and what it prints, is written down from the start. */

const folder = process.env['SECRETS_FOLDER'];
const { testPath } = expect.getState();
if (folder !== undefined && testPath !== undefined) {
  hearFrom(join(folder, encodeURIComponent(relative(process.cwd(), testPath))));
  hearConsole();
  hearFetch();
}

function hearConsole(): void {
  for (const level of ['debug', 'info', 'log', 'warn', 'error'] as const) {
    const print = console[level].bind(console);
    console[level] = (...words: unknown[]) => {
      heard('console', words.map(String).join(' '));
      print(...words);
    };
  }
}

function hearFetch(): void {
  const ask = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await ask(input, init);
    const headers = init?.headers ?? (input instanceof Request ? input.headers : undefined);
    if (headers !== undefined) secretIn(new Headers(headers).get('authorization'));
    heard('answer', `${response.status} ${JSON.stringify([...response.headers])}`);
    const read = response.text.bind(response);
    const text = async (): Promise<string> => {
      const body = await read();
      heard('answer', body);
      return body;
    };
    return Object.assign(response, { text, json: async () => JSON.parse(await text()) as unknown });
  };
}
