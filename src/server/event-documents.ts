import {
  getOperationAST,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

/** What a subscription asks of each of its events. */
export interface EventDocument {
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  /** Names of the variables that matter to an event: those of directives. */
  readonly variables: readonly string[];
}

/**
 * The part of a subscription's document that is about its events: without the arguments that its stream is begun with,
 * and without the variables that only those need.
 */
export function eventDocumentOf(
  schema: GraphQLSchema,
  whole: DocumentNode,
  operationName: string | undefined,
): EventDocument {
  const types = new TypeInfo(schema);
  const chosen = getOperationAST(whole, operationName);
  const withoutArguments = visit(
    {
      ...whole,
      definitions: whole.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION || each === chosen),
    },
    visitWithTypeInfo(types, {
      Argument: () =>
        types.getParentType() === schema.getSubscriptionType() && !types.getDirective() ? null : undefined,
    }),
  );
  const used = new Set<string>();
  visit(withoutArguments, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void used.add(name.value),
  });
  const document = visit(withoutArguments, {
    VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? undefined : null),
  });
  const declared = (chosen?.variableDefinitions ?? []).map(({ variable }) => variable.name.value);
  return { document, operationName, variables: declared.filter((name) => used.has(name)) };
}

/** Of all that a client gave, what matters to an event. */
export function eventVariablesOf({ variables }: EventDocument, given: Variables | null | undefined): Variables {
  const own = variables.filter((name) => given != null && Object.hasOwn(given, name));
  return Object.fromEntries(own.map((name) => [name, given?.[name]]));
}
