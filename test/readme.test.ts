import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse, validate, type GraphQLSchema } from 'graphql';
import { CODES } from '../src/api/errors.js';
import { createSchema } from '../src/api/schema.js';
import { ConfigError, readConfig } from '../src/config.js';
import { DEMO, SANDBOX_TOKEN } from '../src/sandbox/demo.js';

const ROOT = new URL('../', import.meta.url);

function read(file: string): string {
  return readFileSync(new URL(file, ROOT), 'utf8');
}

const README = read('README.md');
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'docs/watch-your-first-operation.md',
  'docs/from-a-tenant.md',
  'docs/in-your-front-end.md',
  'docs/benchmarks.md',
  'docs/operations.md',
  'SECURITY.md',
].map((file) => ({
  file,
  text: read(file),
}));

/** The blocks of code in a language, as they stand. */
function blocksOf(language: string, text = README): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(([, block = '']) => block);
}

/** The first column of the tables that are headed so, without its marks: one entry for each name in it. */
function columnOf(heading: string): string[] {
  const tables = README.matchAll(new RegExp(`^\\| ${heading} .*\n\\|[ -|]*\n((?:\\|.*\n)*)`, 'gm'));
  const rows = [...tables].map(([, each = '']) => each).join('');
  return [...rows.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
}

/** Every variable that the configuration looks at, and does not refuse as one of a later version. */
function supportedVariables(): string[] {
  const asked = new Set<string>();
  readConfig(new Proxy<Record<string, string>>({}, { get: (_, name) => (asked.add(String(name)), undefined) }));
  return [...asked].filter((name) => {
    try {
      readConfig({ [name]: 'x' });
      return true;
    } catch (error) {
      return error instanceof ConfigError && !error.message.includes('not supported by this version');
    }
  });
}

describe('the README', () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await createSchema();
  });

  it('has documents that fit the schema', () => {
    const documents = blocksOf('graphql');
    expect(documents.length).toBeGreaterThanOrEqual(2);
    for (const document of documents) expect(validate(schema, parse(document))).toEqual([]);
  });

  it('has a document in its client code that fits the schema', () => {
    const [snippet = ''] = blocksOf('js');
    const [, document = ''] = /`(subscription .*?)`/s.exec(snippet) ?? [];
    expect(validate(schema, parse(document))).toEqual([]);
  });

  it('names what there is in the demo', () => {
    const ids = README.match(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g) ?? [];
    expect(new Set(ids)).toEqual(new Set([DEMO.teamId, DEMO.teamOperationId]));
    expect(README).toContain(`Bearer ${SANDBOX_TOKEN}`);
  });

  it('tells of every query and subscription', () => {
    const fields = [schema.getQueryType(), schema.getSubscriptionType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}),
    );
    expect(columnOf('field').sort()).toEqual(fields.sort());
  });

  it('tells of every variable, and of none that does nothing', () => {
    expect(columnOf('variable').sort()).toEqual(supportedVariables().sort());
  });

  it('tells of every code of an error', () => {
    expect(columnOf('code').sort()).toEqual([...new Set([...Object.values(CODES), 'LIMIT_EXCEEDED'])].sort());
  });

  it('has a map with every folder and file at the top of src', () => {
    const [, map = ''] = /^```\n(src\/\n.*?)^```$/ms.exec(README) ?? [];
    const named = [...map.matchAll(/── (\S+?)\/? /g)].map(([, name = '']) => name);
    expect(named.sort()).toEqual(readdirSync(new URL('src/', ROOT)).sort());
  });
});

describe.each(PAGES)('$file', ({ file, text }) => {
  it('has commands that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm (?:run )?([a-z][a-z:-]*)/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(0);
    for (const name of named) expect(['ci', 'install', ...Object.keys(scripts)]).toContain(name);
  });

  it('leads to files that there are', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, link = '']) => link);
    const missing = links.filter((link) => !existsSync(fileURLToPath(new URL(link, new URL(file, ROOT)))));
    expect(missing).toEqual([]);
  });
});
