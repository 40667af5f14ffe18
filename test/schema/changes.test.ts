import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { build } from 'esbuild';
import { buildSchema, parse, print, visit } from 'graphql';
import { changesBetween, type SchemaChanges } from '../../tools/schema-changes.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const TODAY = '2027-01-31';

/** The committed schema without its descriptions, which are of no concern to clients. */
let sdl: string;
beforeAll(async () => {
  const committed = parse(await readFile(join(ROOT, 'schema/schema.graphql'), 'utf8'));
  sdl = print(visit(committed, { StringValue: (_node, key) => (key === 'description' ? null : undefined) }));
});

/** The schema with something in it changed, wherever it stands. */
function changed(from: string | RegExp, to: string, text = sdl): string {
  const result = text.replaceAll(from, to);
  if (result === text) throw new Error(`There is nothing like ${String(from)} to change.`);
  return result;
}

function changesFrom(released: string, current: string): Promise<SchemaChanges> {
  return changesBetween(buildSchema(released), buildSchema(current), TODAY);
}

interface Planted {
  readonly what: string;
  readonly from: string | RegExp;
  readonly to: string;
  /** What is told of it. */
  readonly told: string;
  readonly advice: RegExp;
}

describe('a change of the schema', () => {
  it.each<Planted>([
    {
      what: 'a field is removed',
      from: /^ {2}ageSeconds: Float!$/gm,
      to: '',
      told: "Field 'ageSeconds' was removed from object type 'Freshness'",
      advice: /@deprecated/,
    },
    {
      what: 'a stream is renamed',
      from: 'hostOperationStatusChanged(',
      to: 'operationsStatusChanged(',
      told: "Field 'hostOperationStatusChanged' was removed from object type 'Subscription'",
      advice: /@deprecated/,
    },
    {
      what: 'a value of an enum is removed',
      from: /^ {2}CANCELLED$/gm,
      to: '',
      told: "Enum value 'CANCELLED' was removed from enum 'OperationState'",
      advice: /@deprecated/,
    },
    {
      what: 'an argument is removed',
      from: 'timeoutSeconds: Int = 60',
      to: 'atMostSeconds: Int = 60',
      told: "Argument 'timeoutSeconds: Int' was removed from field 'Query.waitForOperation'",
      advice: /@deprecated/,
    },
    {
      what: 'an argument that must be given is added',
      from: 'timeoutSeconds: Int = 60',
      to: 'timeoutSeconds: Int = 60, tenant: ID!',
      told: "Argument 'tenant: ID!' added to field 'Query.waitForOperation'",
      advice: /null/,
    },
    {
      what: 'an argument has to be given from now on',
      from: 'first: Int = 20',
      to: 'first: Int!',
      told: "Type for argument 'first' on field 'Query.operations' changed from 'Int' to 'Int!'",
      advice: /another name/,
    },
    {
      what: 'a member of an input that must be given is added',
      from: 'hostId: ID!',
      to: 'hostId: ID! tenant: ID!',
      told: "Input field 'tenant' of type 'ID!' was added to input object type 'OperationInHost'",
      advice: /null/,
    },
    {
      what: 'a member of an input takes less',
      from: 'state: [OperationState!]',
      to: 'state: OperationState',
      told: "Input field 'OperationFilter.state' changed type from '[OperationState!]' to 'OperationState'",
      advice: /another name/,
    },
    {
      what: 'of an input exactly one member may be given from now on',
      from: 'input DateTimeRange {',
      to: 'input DateTimeRange @oneOf {',
      told: "Directive 'oneOf' was added to input object 'DateTimeRange'",
      advice: /Leave it/,
    },
    {
      what: 'a field may be null from now on',
      from: 'ageSeconds: Float!',
      to: 'ageSeconds: Float',
      told: "Field 'Freshness.ageSeconds' changed type from 'Float!' to 'Float'",
      advice: /another name/,
    },
    {
      what: 'a field has another type',
      from: 'attemptsCount: Int!',
      to: 'attemptsCount: String!',
      told: "Field 'TeamsAsyncOperation.attemptsCount' changed type from 'Int!' to 'String!'",
      advice: /another name/,
    },
    {
      what: 'a type is renamed',
      from: /\bOperationError\b/g,
      to: 'OperationFailure',
      told: "Type 'OperationError' was removed",
      advice: /fragments/,
    },
    {
      what: 'a type has no longer a global id',
      from: 'implements Node & Operation',
      to: 'implements Operation',
      told: "'TeamsAsyncOperation' object type no longer implements 'Node' interface",
      advice: /Leave it/,
    },
  ])('breaks clients when $what, and says what would be right', async ({ from, to, told, advice }) => {
    // An implementation without its interface is no valid schema; what it would do to clients is told all the same.
    const current = buildSchema(changed(from, to), { assumeValid: true });
    const { breaking } = await changesBetween(buildSchema(sdl), current, TODAY);
    expect(breaking).toContainEqual(
      expect.objectContaining({ what: told, advice: expect.stringMatching(advice) as unknown }),
    );
  });

  it.each([
    { what: 'a value of an enum is added', from: '  CANCELLED\n', to: '  CANCELLED\n  PAUSED\n', told: "'PAUSED'" },
    { what: 'a default value is another', from: 'first: Int = 20', to: 'first: Int = 50', told: "from '20' to '50'" },
  ])('is told, and no more, when $what', async ({ from, to, told }) => {
    const changes = await changesFrom(sdl, changed(from, to));
    expect(changes.breaking).toEqual([]);
    expect(changes.dangerous).toEqual([{ what: expect.stringContaining(told), advice: expect.any(String) }]);
  });

  it.each([
    { what: 'nothing changes', from: '', to: '' },
    { what: 'a field is added', from: 'ageSeconds: Float!', to: 'ageSeconds: Float! ageMinutes: Float' },
    { what: 'a member of an input is added', from: 'hostId: ID!', to: 'hostId: ID! tenant: ID' },
    { what: 'a kind of operation is added', from: /$/, to: 'type Other implements Node { id: ID! }' },
    { what: 'something is said better', from: 'scalar DateTime', to: '"""A moment.""" scalar DateTime' },
  ])('is of no concern to clients when $what', async ({ from, to }) => {
    const current = from === '' ? sdl : sdl.replace(from, to);
    expect(await changesFrom(sdl, current)).toEqual({ breaking: [], dangerous: [] });
  });

  it('may take away what was deprecated, on the day after the last that it was promised', async () => {
    const field = /^ {2}ageSeconds: Float!$/gm;
    const deprecatedUntil = (day: string): string =>
      changed(field, `  ageSeconds: Float! @deprecated(reason: "Use \`checkedAt\` instead. It stays until ${day}.")`);
    const without = changed(field, '');
    const what = "Field 'ageSeconds' (deprecated) was removed from object type 'Freshness'";

    const early = await changesFrom(deprecatedUntil(TODAY), without);
    expect(early.breaking).toEqual([{ what, advice: `It was promised to stay until ${TODAY}: keep it so long.` }]);
    const late = await changesFrom(deprecatedUntil('2027-01-30'), without);
    expect(late).toEqual({ breaking: [], dangerous: [{ what, advice: 'It was to stay until 2027-01-30.' }] });
    const unsaid = await changesFrom(changed(field, '  ageSeconds: Float! @deprecated'), without);
    expect(unsaid.breaking).toHaveLength(1);
  });
});

describe('the check of what changed since the release', () => {
  it('fails, and says everything that breaks clients', async () => {
    const folder = join(ROOT, 'test-output', `schema-changes-${process.pid}`);
    await mkdir(folder, { recursive: true });
    const [released, current] = [join(folder, 'released.graphql'), join(folder, 'current.graphql')];
    await writeFile(released, sdl);
    await writeFile(current, changed(/^ {2}ageSeconds: Float!$/gm, '').replace('first: Int = 20', 'first: Int = 50'));
    const check = join(folder, 'check.mjs'); // in one piece it starts four times as fast
    const entryPoints = [join(ROOT, 'tools/check-schema-changes.ts')];
    await build({ entryPoints, outfile: check, bundle: true, packages: 'external', platform: 'node', format: 'esm' });
    const run = promisify(execFile)(process.execPath, [check, released, current], { cwd: ROOT });
    const failure: unknown = await run.catch((error: unknown) => error);
    await rm(folder, { recursive: true });
    expect(failure).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^dangerous: Default value for argument 'first'/),
      stderr: expect.stringMatching(/^breaking: Field 'ageSeconds' was removed .*\. Keep it.*\nCONTRIBUTING\.md says/),
    });
  });
});
