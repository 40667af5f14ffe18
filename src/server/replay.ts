import {
  execute,
  GraphQLObjectType,
  GraphQLSchema,
  Kind,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLResolveInfo,
} from 'graphql';
import { type Runnable } from './documents.js';

/** What came of a field of Query. */
export type Outcome =
  { readonly key: string; readonly value: unknown } | { readonly key: string; readonly error: unknown };

/**
 * graphql-js's own result of a query whose fields were resolved already: its words for every error and its places of
 * null, without a resolver being called again.
 *
 * @param outcomes one for each field of Query that is asked for, in the order in which they came
 */
export type Replay = (query: Runnable, outcomes: readonly Outcome[]) => Promise<ExecutionResult>;

/** A promise of a field, settled when its turn comes. */
interface Turn {
  readonly promise: Promise<unknown>;
  readonly settle: () => void;
}

export function createReplay(schema: GraphQLSchema): Replay {
  const resolved = schemaOfOutcomes(schema);
  return async ({ document, operation }, outcomes) => {
    const turns = new Map(outcomes.map((outcome) => [outcome.key, turnOf(outcome)] as const));
    const result = execute({
      schema: resolved,
      document: withoutVariables(document, operation),
      rootValue: turns,
    });
    for (const { settle } of turns.values()) settle();
    return result;
  };
}

/** The same types, but for the fields of Query: those have no arguments, and their values are told by key. */
function schemaOfOutcomes(schema: GraphQLSchema): GraphQLSchema {
  const queryType = schema.getQueryType();
  if (queryType == null) throw new Error('A schema has a type for queries.');
  const config = queryType.toConfig();
  const resolve = (turns: ReadonlyMap<string, Turn>, _args: unknown, _context: unknown, { path }: GraphQLResolveInfo) =>
    turns.get(String(path.key))?.promise;
  const fields = Object.entries(config.fields).map(([name, field]) => [name, { ...field, args: {}, resolve }] as const);
  const query = new GraphQLObjectType<ReadonlyMap<string, Turn>>({ ...config, fields: Object.fromEntries(fields) });
  const others = schema.toConfig();
  return new GraphQLSchema({ ...others, query, types: others.types.filter((type) => type !== queryType) });
}

/** Arguments were read already, and are the only place for a variable in a query without directives. */
function withoutVariables(document: DocumentNode, operation: Runnable['operation']): DocumentNode {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  return { kind: Kind.DOCUMENT, definitions: [{ ...operation, variableDefinitions: [] }, ...fragments] };
}

function turnOf(outcome: Outcome): Turn {
  let settle = (): void => undefined;
  const turn = new Promise<void>((resolve) => (settle = resolve));
  const promise = turn.then(() => {
    if ('value' in outcome) return outcome.value;
    throw outcome.error;
  });
  return { promise, settle };
}
