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

/** Documents of a few KB each; the longest unused one goes first. */
const MAX_DOCUMENTS = 1_000;
/** A document longer than this is checked anew each time, so that nobody fills the memory with them. */
const MAX_KEPT_LENGTH = 10_000;

export function createDocuments(schema: GraphQLSchema, introspection: boolean): Documents {
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const checked = new Map<string, Checked>();

  const checkAnew = (query: string): Checked => {
    try {
      const document = parse(query);
      const errors = validate(schema, document, rules);
      return errors.length > 0 ? { errors: errors.map(invalid) } : { document };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [invalid(error)] };
      throw error;
    }
  };

  return {
    check(query, operationName) {
      const known = checked.get(query);
      const result = known ?? checkAnew(query);
      checked.delete(query);
      if (query.length <= MAX_KEPT_LENGTH) checked.set(query, result);
      const [oldest] = checked.keys();
      if (checked.size > MAX_DOCUMENTS && oldest !== undefined) checked.delete(oldest);
      if ('document' in result && getOperationAST(result.document, operationName) == null) {
        return {
          errors: [
            new GraphQLError('The document has no such operation, or several and none is named.', {
              extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
            }),
          ],
        };
      }
      return result;
    },
  };
}

/** GraphQL's own errors carry no code; ours all do. */
function invalid(error: GraphQLError): GraphQLError {
  error.extensions['code'] = error.nodes === undefined ? 'GRAPHQL_PARSE_FAILED' : 'GRAPHQL_VALIDATION_FAILED';
  return error;
}
