import {
  getOperationAST,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { createCosts } from '../api/cost.js';
import { type ApiLimits } from '../api/limits.js';
import { documentLimitRules, limitExceeded, type DocumentLimits } from './document-limits.js';
import { type TrustedDocuments } from './trusted-documents.js';

/** What a request says of its document, whichever way it came. Nothing of it has been looked at. */
export interface DocumentRequest {
  /** The document itself; empty or missing where it is named by its id. */
  readonly query?: unknown;
  readonly operationName?: unknown;
  readonly variables?: unknown;
  /** Its id in the manifest, as GraphQL over HTTP's persisted documents have it. */
  readonly documentId?: unknown;
  /** `persistedQuery.sha256Hash` is its id in the words of Apollo's clients. */
  readonly extensions?: unknown;
}

/** What of a document is to be executed. */
export interface Runnable {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/** A document that may be executed, or what is wrong with it. */
export type Checked = Runnable | { readonly errors: readonly GraphQLError[] };

/**
 * Which documents run, over HTTP and websocket alike. Each is parsed and validated once: most clients of a gateway send
 * the same few.
 */
export interface Documents {
  /** Parses, validates, and counts the cost with the request's variables. */
  check(request: DocumentRequest): Checked;
  /** What a request means, where `check` would find it known and good with any variables; null where it has to look. */
  recall(request: DocumentRequest): Runnable | null;
  /** The text of the document that a request means, or why it means none. */
  textOf(request: DocumentRequest): string | GraphQLError;
}

export interface DocumentsOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly limits: DocumentLimits & Pick<ApiLimits, 'refs' | 'ids' | 'pageSize'>;
  /** Null where any document of the schema may run. */
  readonly trusted: TrustedDocuments | null;
}

/**
 * Characters of all documents that are kept. Parsed, a document takes some hundred times its length; the longest unused
 * one goes first, and one that is wrong is not kept at all.
 */
const MAX_KEPT_LENGTH = 500_000;
/** Whoever wrote a document mends it from the first few. */
const MAX_ERRORS = 20;

/** graphql-js has no other word for it. */
const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[nt] \d+ tokens/;

/** A document, and whether it may come to more than the limit with some variables. */
interface Known {
  readonly document: DocumentNode;
  readonly mayExceed: boolean;
}

export function createDocuments({ schema, introspection, limits, trusted }: DocumentsOptions): Documents {
  const limitRules = documentLimitRules(limits);
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const options = { maxErrors: MAX_ERRORS, hideSuggestions: !introspection };
  const maxTokens = limits.documentTokens;
  const costs = createCosts(schema, limits);
  const kept = new Map<string, Known>();
  let keptLength = 0;

  const known = (document: DocumentNode): Known => ({
    document,
    mayExceed: costs.highestOf(document) > limits.documentCost,
  });

  const validated = (document: DocumentNode): readonly GraphQLError[] => {
    const beyond = validate(schema, document, limitRules, options);
    return beyond.length > 0 ? beyond : validate(schema, document, rules, options);
  };

  const checkAnew = (query: string): Known | { readonly errors: readonly GraphQLError[] } => {
    try {
      const errors = validated(parse(query, { maxTokens }));
      if (errors.length > 0) return { errors: errors.map(invalid) };
      // Kept without the places of its words, which take most of the memory and which only errors need.
      return known(parse(query, { noLocation: true }));
    } catch (error) {
      if (error instanceof RangeError) return { errors: [wrong('The document is nested too deeply.')] };
      if (!(error instanceof GraphQLError)) throw error;
      if (!TOO_MANY_TOKENS.test(error.message)) return { errors: [withCode(error, 'GRAPHQL_PARSE_FAILED')] };
      return { errors: [limitExceeded('DOCUMENT_TOKENS', `A document has at most ${maxTokens} words and signs.`)] };
    }
  };

  const keep = (query: string, document: Known): void => {
    if (!kept.delete(query)) keptLength += query.length;
    kept.set(query, document);
    for (const oldest of kept.keys()) {
      if (keptLength <= MAX_KEPT_LENGTH) return;
      kept.delete(oldest);
      keptLength -= oldest.length;
    }
  };

  const find = (text: string): Known | { readonly errors: readonly GraphQLError[] } => {
    if (trusted === null) {
      const found = kept.get(text) ?? checkAnew(text);
      if (!('errors' in found)) keep(text, found);
      return found;
    }
    const document = trusted.byText(text)?.document;
    if (document === undefined) return { errors: [notTrusted('This one is none of them')] };
    const found = kept.get(text) ?? known(document);
    kept.set(text, found);
    return found;
  };

  const textOf = ({ query, documentId, extensions }: DocumentRequest): string | GraphQLError => {
    const id = idOf(documentId, extensions);
    if (typeof query === 'string' && (query !== '' || id === null)) return query;
    if (id === null) return wrong('There is no document: `query` is missing.');
    if (trusted === null) {
      if (documentId === undefined) return notSupported();
      return badInput('This gateway has no manifest of documents (TRUSTED_DOCUMENTS): send the document as `query`.');
    }
    return trusted.byId(id)?.text ?? notTrusted('There is none with this id');
  };

  return {
    textOf,
    recall(request) {
      const text = textOf(request);
      const found = typeof text === 'string' ? kept.get(text) : undefined;
      if (typeof text !== 'string' || found === undefined || found.mayExceed) return null;
      keep(text, found);
      const { document } = found;
      const operation = getOperationAST(document, nameIn(request));
      return operation == null ? null : { document, operation };
    },
    check(request) {
      const text = textOf(request);
      if (typeof text !== 'string') return { errors: [text] };
      const found = find(text);
      if ('errors' in found) return found;
      const { document, mayExceed } = found;
      const name = nameIn(request);
      const operation = getOperationAST(document, name);
      if (operation == null) {
        return { errors: [wrong('The document has no such operation, or several and none is named.')] };
      }
      const cost = mayExceed ? costs.of(document, name, variablesOf(request)) : null;
      if (cost !== null && cost > limits.documentCost) return { errors: [tooCostly(cost, limits.documentCost)] };
      return { document, operation };
    },
  };
}

/**
 * Takes the variables away that an operation does not declare. They are taken out of the object that came, because the
 * libraries hold that one for as long as the operation runs.
 */
export function dropUndeclared(variables: unknown, { variableDefinitions = [] }: OperationDefinitionNode): void {
  if (typeof variables !== 'object' || variables === null) return;
  const declared = new Set(variableDefinitions.map(({ variable }) => variable.name.value));
  for (const name of Object.keys(variables)) if (!declared.has(name)) Reflect.deleteProperty(variables, name);
}

function idOf(documentId: unknown, extensions: unknown): string | null {
  if (typeof documentId === 'string') return documentId;
  const persistedQuery = memberOf(extensions, 'persistedQuery');
  const hash = memberOf(persistedQuery, 'sha256Hash');
  return typeof hash === 'string' ? hash : null;
}

function nameIn({ operationName }: DocumentRequest): string | null {
  return typeof operationName === 'string' ? operationName : null;
}

function variablesOf({ variables }: DocumentRequest): Readonly<Record<string, unknown>> {
  return typeof variables === 'object' && variables !== null ? { ...variables } : {};
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function tooCostly(cost: number, most: number): GraphQLError {
  const asked = Number.isFinite(cost) ? `about ${cost}` : 'more than can be counted';
  return limitExceeded(
    'DOCUMENT_COST',
    `A document may ask for about ${most} fields, lists counted by their length; this one asks for ${asked}.`,
  );
}

function wrong(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
}

function badInput(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

/** The word that makes Apollo's clients send the text from then on. */
function notSupported(): GraphQLError {
  return new GraphQLError('This gateway knows no documents by their hash: send the text.', {
    extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
  });
}

function notTrusted(which: string): GraphQLError {
  return badInput(`Only the documents of this gateway's manifest run. ${which}.`);
}

/** graphql-js compares fields of one name in pairs, and gives up when there are too many pairs. */
const TOO_MANY_PAIRS = 'Validation aborted.';

function invalid(error: GraphQLError): GraphQLError {
  if (error.message === TOO_MANY_PAIRS) {
    return limitExceeded('DOCUMENT_COST', 'The document asks for the same fields too often: ask for each once.');
  }
  return error.originalError === undefined ? withCode(error, 'GRAPHQL_VALIDATION_FAILED') : error;
}

/** GraphQL's own errors carry no code; ours all do. */
function withCode(error: GraphQLError, code: string): GraphQLError {
  error.extensions['code'] = code;
  return error;
}
