import {
  createSourceEventStream,
  execute,
  getOperationAST,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  Kind,
  typeFromAST,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { isJsonObject } from '../operation/json.js';

type Variables = Readonly<Record<string, unknown>>;

/**
 * GraphQL's `subscribe`. That one reads all variables and arguments anew for each event, which for a hundred operations
 * that end together is a hundred times a hundred refs. They matter once, when the stream begins: no field below it takes
 * a list or an object, so with each event they are empty.
 */
export function createSubscribe(schema: GraphQLSchema) {
  const leanDocuments = new WeakMap<DocumentNode, DocumentNode>();
  const leanDocumentOf = (document: DocumentNode): DocumentNode => {
    const lean = leanDocuments.get(document) ?? withoutLists(schema, document);
    leanDocuments.set(document, lean);
    return lean;
  };

  return async (args: ExecutionArgs): Promise<SubscriptionEvents | ExecutionResult> => {
    const source = await createSourceEventStream(args);
    return Symbol.asyncIterator in source ? new SubscriptionEvents(source, args, leanDocumentOf) : source;
  };
}

/** The results of a subscription, each made when it is asked for. Not an `async function*`, see Latest. */
export class SubscriptionEvents implements AsyncIterableIterator<ExecutionResult> {
  private readonly events: AsyncIterator<unknown>;
  private lean: ExecutionArgs | null = null;

  constructor(
    /** Where its events come from, for whoever can do better than to ask for one after the other. */
    readonly source: AsyncIterable<unknown>,
    private readonly args: ExecutionArgs,
    private readonly leanDocumentOf: (document: DocumentNode) => DocumentNode,
  ) {
    this.events = source[Symbol.asyncIterator]();
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const args = (this.lean ??= this.leanArgs());
    const event = await this.events.next();
    if (event.done === true) return { done: true, value: undefined };
    return { done: false, value: await execute({ ...args, rootValue: event.value }) };
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.events.return?.();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private leanArgs(): ExecutionArgs {
    const { args } = this;
    args.variableValues = leanVariables(args.schema, args); // graphql-ws holds them for as long as the stream
    return { ...args, document: this.leanDocumentOf(args.document) };
  }
}

function leanVariables(schema: GraphQLSchema, { document, operationName, variableValues }: ExecutionArgs): Variables {
  const given = variableValues ?? {};
  const declared = getOperationAST(document, operationName)?.variableDefinitions ?? [];
  return Object.fromEntries(
    declared
      .filter(({ variable }) => Object.hasOwn(given, variable.name.value))
      .map(({ variable: { name }, type }) => [name.value, leanValue(typeFromAST(schema, type), given[name.value])]),
  );
}

/** The least that is still of its type. */
function leanValue(type: unknown, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (isNonNullType(type)) return leanValue(type.ofType, value);
  if (isListType(type)) return [];
  if (!isInputObjectType(type) || !isJsonObject(value)) return value;
  const needed = Object.values(type.getFields()).filter(
    (field) => isRequiredInputField(field) || (type.isOneOf && Object.hasOwn(value, field.name)),
  );
  return Object.fromEntries(needed.map((field) => [field.name, leanValue(field.type, value[field.name])]));
}

/** The lists that are written in the document itself, as arguments of a stream. */
function withoutLists(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  const types = new TypeInfo(schema);
  const isOfStream = (): boolean => types.getParentType() === schema.getSubscriptionType();
  return visit(
    document,
    visitWithTypeInfo(types, {
      Argument: (node) =>
        isOfStream() && node.value.kind === Kind.LIST ? { ...node, value: { kind: Kind.LIST, values: [] } } : undefined,
    }),
  );
}
