import {
  getOperationAST,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  stripIgnoredCharacters,
  type OperationDefinitionNode,
} from 'graphql';
import { createCosts } from '../api/cost.js';
import { type ApiLimits } from '../api/limits.js';
import { documentLimitRules, limitExceeded, type DocumentLimits } from './document-limits.js';
import {
  createDocumentsInUse,
  type DocumentsInUse,
  type DocumentsInUseLimits,
  type GoodDocument,
} from './documents-in-use.js';
import { unconditionalSubscriptionsRule } from './subscription-roots.js';
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
export type Checked =
  | (Runnable & { /** What `inUse` counts while it runs. */ readonly good: GoodDocument })
  | { readonly errors: readonly GraphQLError[] };

/** A document that is known, by its text as it came. */
export interface Recalled extends Runnable {
  readonly text: string;
}

/**
 * Which documents run, over HTTP and websocket alike. Each is parsed and validated once: most clients of a gateway send
 * the same few.
 */
export interface Documents {
  /** Parses, validates, and counts the cost with the request's variables. */
  check(request: DocumentRequest): Checked;
  /** What a request means, where `check` would find it known and good with any variables; null where it has to look. */
  recall(request: DocumentRequest): Recalled | null;
  /** Whether a text that was recalled is known still; it counts as used. */
  knows(text: string): boolean;
  /** The text of the document that a request means, or why it means none. */
  textOf(request: DocumentRequest): string | GraphQLError;
  /** Whatever runs for more than a moment takes its document here, and gives it back. */
  readonly inUse: DocumentsInUse;
}

export interface DocumentsOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly limits: DocumentLimits & DocumentsInUseLimits & Pick<ApiLimits, 'refs' | 'ids' | 'pageSize'>;
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

export function createDocuments({ schema, introspection, limits, trusted }: DocumentsOptions): Documents {
  // GraphQL's own rules can fail where a subscription has conditions.
  const firstRules = [...documentLimitRules(limits), unconditionalSubscriptionsRule];
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const options = { maxErrors: MAX_ERRORS, hideSuggestions: !introspection };
  const maxTokens = limits.documentTokens;
  const costs = createCosts(schema, limits);
  const inUse = createDocumentsInUse(limits);
  const kept = new Map<string, GoodDocument>();
  let keptLength = 0;

  const goodOf = (document: DocumentNode, words: string | null): GoodDocument => ({
    document,
    words,
    mayExceed: costs.highestOf(document) > limits.documentCost,
  });

  const validated = (document: DocumentNode): readonly GraphQLError[] => {
    const beyond = validate(schema, document, firstRules, options);
    return beyond.length > 0 ? beyond : validate(schema, document, rules, options);
  };

  const checkAnew = (query: string): GoodDocument | { readonly errors: readonly GraphQLError[] } => {
    if (query.length > limits.documentLength) return { errors: [tooLong(limits.documentLength)] };
    try {
      const errors = validated(parse(query, { maxTokens }));
      if (errors.length > 0) return { errors: errors.map(invalid) };
      // The names in a parsed document are slices of its text, and a slice holds all of it, a long comment too. So it is
      // parsed anew from a text of nothing but its words; and without their places, which only errors need.
      const words = stripIgnoredCharacters(query);
      return goodOf(parse(words, { noLocation: true }), words);
    } catch (error) {
      if (error instanceof RangeError) return { errors: [wrong('The document is nested too deeply.')] };
      if (!(error instanceof GraphQLError)) throw error;
      if (!TOO_MANY_TOKENS.test(error.message)) return { errors: [withCode(error, 'GRAPHQL_PARSE_FAILED')] };
      return { errors: [limitExceeded('DOCUMENT_TOKENS', `A document has at most ${maxTokens} words and signs.`)] };
    }
  };

  const keep = (query: string, document: GoodDocument): void => {
    if (!kept.delete(query)) keptLength += query.length;
    kept.set(query, document);
    for (const oldest of kept.keys()) {
      if (keptLength <= MAX_KEPT_LENGTH) return;
      kept.delete(oldest);
      keptLength -= oldest.length;
    }
  };

  /** The one that runs already with the same words, if any: so there is never another of it. */
  const shared = (good: GoodDocument): GoodDocument => (good.words === null ? good : (inUse.find(good.words) ?? good));

  const find = (text: string): GoodDocument | { readonly errors: readonly GraphQLError[] } => {
    if (trusted === null) {
      const found = kept.get(text) ?? checkAnew(text);
      if ('errors' in found) return found;
      const good = shared(found);
      keep(text, good);
      return good;
    }
    const document = trusted.byText(text)?.document;
    if (document === undefined) return { errors: [notTrusted('This one is none of them')] };
    const found = kept.get(text) ?? goodOf(document, null);
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
    inUse,
    textOf,
    knows(text) {
      const found = kept.get(text);
      if (found === undefined) return false;
      keep(text, found);
      return true;
    },
    recall(request) {
      const text = textOf(request);
      const found = typeof text === 'string' ? kept.get(text) : undefined;
      if (typeof text !== 'string' || found === undefined || found.mayExceed) return null;
      keep(text, found);
      const { document } = found;
      const operation = getOperationAST(document, nameIn(request));
      return operation == null ? null : { text, document, operation };
    },
    check(request) {
      const text = textOf(request);
      if (typeof text !== 'string') return { errors: [text] };
      const found = find(text);
      if ('errors' in found) return found;
      const good = found;
      const { document, mayExceed } = good;
      const name = nameIn(request);
      const operation = getOperationAST(document, name);
      if (operation == null) {
        return { errors: [wrong('The document has no such operation, or several and none is named.')] };
      }
      const cost = mayExceed ? costs.of(document, name, variablesOf(request)) : null;
      if (cost !== null && cost > limits.documentCost) return { errors: [tooCostly(cost, limits.documentCost)] };
      return { document, operation, good };
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

function tooLong(most: number): GraphQLError {
  return limitExceeded(
    'DOCUMENT_LENGTH',
    `A document has at most ${most} characters, those of comments too: what is long belongs into its variables.`,
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
