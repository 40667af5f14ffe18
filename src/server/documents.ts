import {
  getOperationAST,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

/** A document that may be executed, or what is wrong with it. */
export type Checked = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

/** Parses and validates each document once: most subscribers of a gateway send the same few. */
export interface Documents {
  check(query: string, operationName: string | null): Checked;
}

/**
 * Characters of all documents that are kept. Parsed, a document takes some hundred times its length; the longest unused
 * one goes first, and one that is wrong is not kept at all.
 */
const MAX_KEPT_LENGTH = 500_000;

export function createDocuments(schema: GraphQLSchema, introspection: boolean): Documents {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const kept = new Map<string, DocumentNode>();
  let keptLength = 0;

  const checkAnew = (query: string): Checked => {
    try {
      // Kept without the places of its words, which take most of the memory; an error needs them, and is rare.
      const document = parse(query, { noLocation: true });
      if (validate(schema, document, rules).length === 0) return { document };
      return { errors: validate(schema, parse(query), rules).map(invalid) };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [invalid(error)] };
      if (error instanceof RangeError) return { errors: [wrong('The document is nested too deeply.')] };
      throw error;
    }
  };

  const keep = (query: string, document: DocumentNode): void => {
    if (!kept.delete(query)) keptLength += query.length;
    kept.set(query, document);
    for (const oldest of kept.keys()) {
      if (keptLength <= MAX_KEPT_LENGTH) return;
      kept.delete(oldest);
      keptLength -= oldest.length;
    }
  };

  return {
    check(query, operationName) {
      const known = kept.get(query);
      const result = known === undefined ? checkAnew(query) : { document: known };
      if ('errors' in result) return result;
      keep(query, result.document);
      if (getOperationAST(result.document, operationName) == null) {
        return { errors: [wrong('The document has no such operation, or several and none is named.')] };
      }
      return result;
    },
  };
}

function wrong(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
}

/** GraphQL's own errors carry no code; ours all do. */
function invalid(error: GraphQLError): GraphQLError {
  error.extensions['code'] = error.nodes === undefined ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED';
  return error;
}
