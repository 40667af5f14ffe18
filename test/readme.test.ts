import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { parse, validate, type GraphQLSchema } from 'graphql';
import ts from 'typescript';
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
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync(new URL('docs/', ROOT)).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
].map((file) => ({ file, text: read(file) }));

/** What a link may end with after `#`, as GitHub makes it of headings. */
function anchorsOf(text: string): string[] {
  const prose = text.replace(/^```.*?^```$/gms, '');
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

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
  it('has documents that fit the schema, in its code too', async () => {
    const schema = await createSchema();
    const inCode = ['js', 'ts', 'tsx'].flatMap((language) => blocksOf(language, text)).join('\n');
    const quoted = [...inCode.matchAll(/`((?:query|subscription) .*?)`/gs)].map(([, document = '']) => document);
    for (const document of [...blocksOf('graphql', text), ...quoted]) {
      expect(validate(schema, parse(document))).toEqual([]);
    }
  });

  it('has commands that there are', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm (?:run )?([a-z][a-z:-]*)/g)].map(([, name = '']) => name);
    for (const name of named) expect(['ci', 'install', 'pack', ...Object.keys(scripts)]).toContain(name);
  });

  it('leads to files and headings that there are', () => {
    const missing = [...text.matchAll(/\]\((?!https?:)([^)]+)\)/g)].flatMap(([, link = '']) => {
      const target = new URL(link, new URL(file, ROOT));
      const anchor = target.hash.slice(1);
      target.hash = '';
      if (!existsSync(target)) return [link];
      return anchor === '' || anchorsOf(readFileSync(target, 'utf8')).includes(anchor) ? [] : [link];
    });
    expect(missing).toEqual([]);
  });

  it('has code in JavaScript that can be read', () => {
    const problems = blocksOf('js', text).flatMap((block) => {
      const { diagnostics = [] } = ts.transpileModule(block, {
        reportDiagnostics: true,
        compilerOptions: { allowJs: true, target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
        fileName: 'block.js',
      });
      return diagnostics.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
    });
    expect(problems).toEqual([]);
  });
});
