import { parseArgs } from 'node:util';

export interface Options {
  /** One short round of everything: it shows that the bench runs, and measures nothing. */
  readonly quick: boolean;
  /** Only the parts of these names; empty for all. */
  readonly only: readonly string[];
  /** Where each gateway leaves a profile of its CPU; null for nowhere. It costs a little, so figures are taken without. */
  readonly profiles: string | null;
}

/** @throws {Error} that says what may be given */
export function readOptions(args: readonly string[], parts: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      profiles: { type: 'string' },
    },
  });
  for (const name of values.only) {
    if (!parts.includes(name)) throw new Error(`There is no part ${name}; there are ${parts.join(', ')}.`);
  }
  return { quick: values.quick, only: values.only, profiles: values.profiles ?? null };
}
