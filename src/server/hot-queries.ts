import {
  getArgumentValues,
  getVariableValues,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
} from 'graphql';
import { type ApiContext } from '../api/context.js';
import { formatError, type ErrorReport } from '../api/errors.js';
import { upstreamOf } from '../api/upstream.js';
import { compileWriter, type Write } from '../api/writers.js';
import { type Clock } from '../lib/clock.js';
import { isJsonObject } from '../operation/json.js';
import { type DocumentRequest, type Documents, type Runnable } from './documents.js';
import { createKeptBodies } from './kept-bodies.js';
import { createReplay, type Outcome } from './replay.js';

/** A query whose variables are read, ready to run. @returns the answer, as JSON */
export type HotQuery = (context: ApiContext) => Promise<string>;

/**
 * The short way for the queries that clients send all day: documents that were checked before, variables that fit, and
 * below the fields of Query nothing but properties. It answers to the letter what Apollo would, for a tenth of Apollo's
 * time, and leaves to Apollo whatever it would have to say something else about.
 */
export interface HotQueries {
  /** @param body of the request, as text. @returns null where it is one for Apollo; nothing has run then */
  prepare(request: DocumentRequest, body: string): HotQuery | null;
  /** What was prepared for the same body lately, or null: a client that asks how things stand asks it word for word. */
  again(body: string): HotQuery | null;
  /** Forgets what was prepared, for good. */
  close(): void;
}

export interface HotQueriesOptions {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly clock: Clock;
  readonly report: ErrorReport;
}

/** What was prepared, and the text of its document. */
interface Prepared {
  readonly query: HotQuery;
  readonly text: string;
}

/** A field of Query, as a document asks for it under one key. */
interface RootField {
  readonly key: string;
  readonly node: FieldNode;
  readonly field: GraphQLField<unknown, unknown>;
  readonly resolve: NonNullable<GraphQLField<unknown, ApiContext>['resolve']>;
  readonly info: Omit<GraphQLResolveInfo, 'variableValues'>;
  /** What is written before its value. */
  readonly before: string;
  readonly write: Write;
}

interface Plan extends Runnable {
  readonly fields: readonly RootField[];
}

/** It may take minutes, and gains nothing here; Apollo's way counts the document that it holds so long. */
const WAITING = 'waitForOperation';

/** A field of Query, about to be resolved. */
interface Call extends Pick<RootField, 'key' | 'resolve'> {
  readonly args: Readonly<Record<string, unknown>>;
  readonly info: GraphQLResolveInfo;
}

export function createHotQueries({ schema, documents, clock, report }: HotQueriesOptions): HotQueries {
  const plans = new WeakMap<Runnable['operation'], Plan | null>();
  const replay = createReplay(schema);
  const kept = createKeptBodies<Prepared>(clock);

  const planOf = (runnable: Runnable): Plan | null => {
    const known = plans.get(runnable.operation);
    if (known !== undefined) return known;
    const plan = compilePlan(schema, runnable);
    plans.set(runnable.operation, plan);
    return plan;
  };

  const run = async (plan: Plan, calls: readonly Call[], context: ApiContext): Promise<string> => {
    const outcomes: Outcome[] = []; // in the order in which they came, which is that of their errors
    const [first, ...others] = calls.map((call) => settle(call, context, outcomes));
    await (others.length === 0 ? first : Promise.all([first, ...others]));
    const data = writeData(plan, outcomes);
    const upstream = upstreamOf(context.cost);
    if (data !== null) return `{"data":${data},"extensions":${JSON.stringify({ upstream })}}\n`;
    const { errors, ...result } = await replay(plan, outcomes);
    const formatted = errors?.map((error) => formatError(error, report));
    return `${JSON.stringify({ errors: formatted, data: result.data, extensions: { upstream } })}\n`;
  };

  const prepare = (request: DocumentRequest): Prepared | null => {
    if (!isWellFormed(request)) return null;
    const recalled = documents.recall(request);
    const plan = recalled === null ? null : planOf(recalled);
    if (recalled === null || plan === null) return null;
    const { text } = recalled;
    const given = isJsonObject(request.variables) ? request.variables : {};
    const { coerced } = getVariableValues(schema, plan.operation.variableDefinitions ?? [], given);
    if (coerced === undefined) return null;
    try {
      const calls = plan.fields.map(({ key, field, node, resolve, info }): Call => {
        return {
          key,
          resolve,
          args: getArgumentValues(field, node, coerced),
          info: { variableValues: coerced, ...info },
        };
      });
      return { text, query: (context) => run(plan, calls, context) };
    } catch {
      return null; // an argument that does not fit; what to say of it, graphql-js knows
    }
  };

  return {
    prepare(request, body) {
      const prepared = prepare(request);
      if (prepared === null) return null;
      kept.keep(body, prepared);
      return prepared.query;
    },
    again(body) {
      const prepared = kept.find(body);
      // What is prepared holds its document: one that is known no more is not held here either.
      return prepared !== undefined && documents.knows(prepared.text) ? prepared.query : null;
    },
    close: () => kept.close(),
  };
}

async function settle({ key, resolve, args, info }: Call, context: ApiContext, outcomes: Outcome[]): Promise<void> {
  try {
    const value: unknown = await resolve(undefined, args, context, info);
    outcomes.push({ key, value });
  } catch (error) {
    outcomes.push({ key, error });
  }
}

/** Of what is not, Apollo tells. */
function isWellFormed({ variables, operationName, extensions }: DocumentRequest): boolean {
  return (
    (variables == null || isJsonObject(variables)) &&
    (operationName == null || typeof operationName === 'string') &&
    (extensions == null || isJsonObject(extensions))
  );
}

/** @returns null where something in it is no matter of properties, or may be answered before all of it is known */
function compilePlan(schema: GraphQLSchema, { document, operation }: Runnable): Plan | null {
  const queryType = schema.getQueryType();
  if (operation.operation !== OperationTypeNode.QUERY || !isObjectType(queryType)) return null;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  const fields: RootField[] = [];
  for (const node of operation.selectionSet.selections) {
    if (node.kind !== Kind.FIELD || (node.directives?.length ?? 0) > 0) return null;
    if (node.name.value === WAITING) return null;
    const key = node.alias?.value ?? node.name.value;
    const field = queryType.getFields()[node.name.value];
    if (field?.resolve === undefined || fields.some((one) => one.key === key)) return null;
    const write = compileWriter({ schema, fragments }, field.type, [node]);
    if (write === null) return null;
    const { resolve } = field;
    const info = infoOf({ schema, queryType, key, node, field, fragments, operation });
    const before = `${fields.length === 0 ? '' : ','}${JSON.stringify(key)}:`;
    fields.push({ key, node, field, resolve, info, before, write });
  }
  // One error of a field that is never null is the whole answer, and it does not wait for the other fields.
  if (fields.length > 1 && fields.some(({ field }) => isNonNullType(field.type))) return null;
  return { document, operation, fields };
}

function infoOf({
  queryType,
  key,
  node,
  field,
  fragments,
  schema,
  operation,
}: {
  readonly schema: GraphQLSchema;
  readonly queryType: GraphQLObjectType;
  readonly key: string;
  readonly node: FieldNode;
  readonly field: GraphQLField<unknown, unknown>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly operation: Runnable['operation'];
}): RootField['info'] {
  return {
    fieldName: field.name,
    fieldNodes: [node],
    returnType: field.type,
    parentType: queryType,
    path: { prev: undefined, key, typename: queryType.name },
    schema,
    fragments: Object.fromEntries(fragments),
    rootValue: undefined,
    operation,
  };
}

/** @returns null where a field failed, or has a value that graphql-js has to speak to */
function writeData({ fields }: Plan, outcomes: readonly Outcome[]): string | null {
  try {
    let text = '{';
    for (const { key, before, write } of fields) {
      const outcome = outcomes.find((one) => one.key === key);
      if (outcome === undefined || 'error' in outcome) return null;
      text += before + write(outcome.value);
    }
    return `${text}}`;
  } catch {
    return null;
  }
}
