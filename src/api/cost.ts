import {
  buildSchema,
  GraphQLError,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  Kind,
  printSchema,
  visit,
} from 'graphql';
import { type DocumentNode, type FieldNode, type GraphQLSchema } from 'graphql';
import { getComplexity } from 'graphql-query-complexity';
import { type ApiLimits } from './limits.js';

type Bounds = Pick<ApiLimits, 'refs' | 'ids' | 'pageSize'>;

/** How often what stands below a field is answered. */
type Times =
  /** As an argument says: a number, or as many as its list has. What is above the bound, the resolver refuses. */
  | { readonly argument: string; readonly bound: keyof Bounds }
  /** About so often. */
  | { readonly about: number };

/** Lists are counted, everything else is one. By the name of the field, whichever type it is asked of. */
const TIMES: Readonly<Record<string, Times>> = {
  operations: { argument: 'first', bound: 'pageSize' },
  nodes: { argument: 'ids', bound: 'ids' },
  operationStatusChanged: { argument: 'refs', bound: 'refs' },
  hostOperationStatusChanged: { about: 20 },
  history: { about: 10 },
  steps: { about: 10 },
};

/** Fields that take more than writing an answer: reads of Graph, or a description of the whole schema. */
const OWN_COST: Readonly<Record<string, number>> = {
  operations: 100,
  operation: 10,
  node: 10,
  waitForOperation: 10,
  __schema: 5_000,
  __type: 500,
};

/** What a document may come to: roughly, the fields of its answer. */
export interface Costs {
  /** With these variables; null where they do not fit the document, which is said when it is executed. */
  of(document: DocumentNode, operationName: string | null, variables: Readonly<Record<string, unknown>>): number | null;
  /** With the most expensive variables. A document that stays within the limit here need not be counted again. */
  highestOf(document: DocumentNode): number;
}

export function createCosts(schema: GraphQLSchema, bounds: Bounds): Costs {
  const withoutArguments = stripArguments(schema);

  const costOf = (name: string, below: number, count: (argument: string) => number | undefined): number => {
    const times = TIMES[name];
    const own = OWN_COST[name] ?? 1;
    if (times === undefined) return own + below;
    if ('about' in times) return own + below * times.about;
    const most = bounds[times.bound];
    return own + below * Math.min(most, count(times.argument) ?? most);
  };

  return {
    of(document, operationName, variables) {
      try {
        return getComplexity({
          schema,
          query: document,
          variables: { ...variables },
          ...(operationName !== null && { operationName }),
          estimators: [
            ({ field, args, childComplexity }) =>
              costOf(field.name, childComplexity, (argument) => countOf((args as Record<string, unknown>)[argument])),
          ],
        });
      } catch (error) {
        return failed(error);
      }
    },

    highestOf(document) {
      // Whatever variables would leave out is counted. One that is text counts as the most that there may be.
      const open = visit(document, {
        VariableDefinition: () => null,
        Directive: () => null,
        Variable: () => ({ kind: Kind.STRING, value: '' }),
      });
      try {
        return getComplexity({
          schema: withoutArguments,
          query: open,
          estimators: [
            ({ field, node, childComplexity }) =>
              costOf(field.name, childComplexity, (argument) => literalCountOf(node, argument)),
          ],
        });
      } catch (error) {
        return failed(error) ?? Infinity;
      }
    },
  };
}

/** A number for itself, a list for its length. GraphQL takes one item for a list of one. */
function countOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return Array.isArray(value) ? value.length : undefined;
}

function literalCountOf({ arguments: written = [] }: FieldNode, name: string): number | undefined {
  const value = written.find((one) => one.name.value === name)?.value;
  if (value?.kind === Kind.INT) return Number(value.value);
  return value?.kind === Kind.LIST ? value.values.length : undefined;
}

/**
 * The library throws what is wrong with the variables, and it throws when fragments within fragments come to more than
 * 10,000 selections; only the former has a place in the document.
 */
function failed(error: unknown): number | null {
  if (!(error instanceof GraphQLError)) throw error;
  return error.nodes === undefined ? Infinity : null;
}

/** The same fields, none of which misses an argument. The types of introspection are everybody's, and stay. */
function stripArguments(schema: GraphQLSchema): GraphQLSchema {
  const stripped = buildSchema(printSchema(schema), { assumeValidSDL: true, noLocation: true });
  for (const type of Object.values(stripped.getTypeMap())) {
    if ((isObjectType(type) && !isIntrospectionType(type)) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) field.args = [];
    }
  }
  return stripped;
}
