import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { parse, validate } from 'graphql';
import { createSchema } from '../../src/api/schema.js';
import { readConfig } from '../../src/config.js';
import { blocksOf, readPage } from './page.js';

const PAGE = readPage('from-a-tenant.md');
const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url));

/** What stands before a command, as the process sees it; files and secrets of the reader's stand for others. */
function environmentOf(command: string): Record<string, string> {
  const pairs = command.matchAll(/\b([A-Z][A-Z_]+)=(\S+)/g);
  const environment = Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, value]));
  const { CLIENT_CERTIFICATE_FILE, ...rest } = environment;
  return CLIENT_CERTIFICATE_FILE === undefined ? rest : { ...rest, CLIENT_SECRET: 'in its place' };
}

/** The first column of the last table: sentences that the gateway writes, or their beginnings. */
function messages(): string[] {
  const rows = PAGE.slice(PAGE.indexOf('## What goes wrong')).matchAll(/^\| `([^`]+)`/gm);
  return [...rows].map(([, message = '']) => message).filter((message) => message.includes(' '));
}

function allSources(): string {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(SOURCES + file, 'utf8'))
    .join('\n');
}

describe('the page about a tenant', () => {
  it('has documents that fit the schema', async () => {
    const schema = await createSchema();
    const documents = blocksOf(PAGE, 'graphql');
    expect(documents).toHaveLength(2);
    for (const document of documents) expect(validate(schema, parse(document))).toEqual([]);
  });

  it('starts every identity with variables that are taken', () => {
    const modes = blocksOf(PAGE, 'sh').map((command) => readConfig(environmentOf(command)).auth.mode);
    expect(modes).toEqual(['forward', 'on-behalf-of', 'app']);
  });

  it('has the roots of Graph from which the authority is known', () => {
    const rows = [...PAGE.matchAll(/\| `(https:\/\/\S+)` +\| `(https:\/\/\S+)` +\|/g)];
    expect(rows).toHaveLength(4);
    for (const [, graph = '', authority = ''] of rows) {
      const [command = ''] = blocksOf(PAGE, 'sh').filter((block) => block.includes('GRAPH_AUTH=app'));
      const { auth } = readConfig({ ...environmentOf(command), GRAPH_URL: graph });
      expect('authorityUrl' in auth && auth.authorityUrl.origin).toBe(authority);
    }
  });

  it('quotes messages that the gateway writes', () => {
    const sources = allSources();
    expect(messages().length).toBeGreaterThan(12);
    // Between the fixed words stand those of a role, of Entra or of Graph; and one sentence begins all about a token.
    const fixed = messages().flatMap((message) => message.split(/^The token (?=is )|Operations\.Read\.All| \d{3}.*/));
    expect(fixed.filter((words) => !sources.includes(words))).toEqual([]);
  });
});
