import {
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isScalarType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLEnumType,
  type GraphQLInterfaceType,
  type GraphQLNullableType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
  type GraphQLSchema,
  type NamedTypeNode,
  type SelectionNode,
} from 'graphql';
import { typeNameOfValue } from './type-names.js';

/**
 * Writes the value of a field as JSON: to the letter what graphql-js and `JSON.stringify` make of it, for a fifth of
 * their time. It knows properties, and nothing else.
 *
 * @throws for whatever only graphql-js has the words for: an error, a promise, null where there must be none
 */
export type Write = (value: unknown) => string;

export interface WriterOptions {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
}

/** It says "ask graphql-js", at every place alike, and nobody is shown it. */
const NOT_PLAIN = new Error('This is more than properties.');

/**
 * @param nodes where a document asks for the field under one key
 * @returns null where the document wants more than properties: directives, arguments, fields with code of their own
 */
export function compileWriter(
  options: WriterOptions,
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
): Write | null {
  try {
    return compile(options, type, nodes);
  } catch (error) {
    if (error === NOT_PLAIN) return null;
    throw error;
  }
}

function compile(options: WriterOptions, type: GraphQLOutputType, nodes: readonly FieldNode[]): Write {
  if (!isNonNullType(type)) {
    const write = compilePresent(options, type, nodes);
    return (value) => (value === null || value === undefined ? 'null' : write(value));
  }
  const write = compilePresent(options, type.ofType, nodes);
  return (value) => {
    if (value === null || value === undefined) throw NOT_PLAIN;
    return write(value);
  };
}

/** For values that are there. */
function compilePresent(options: WriterOptions, type: GraphQLNullableType, nodes: readonly FieldNode[]): Write {
  if (isScalarType(type)) return writerOfScalar(type);
  if (isEnumType(type)) return writerOfEnum(type);
  if (isListType(type)) return writerOfList(compile(options, type.ofType as GraphQLOutputType, nodes));
  if (isObjectType(type)) return compileObject(options, type, nodes);
  if (isInterfaceType(type)) return compileInterface(options, type, nodes);
  throw NOT_PLAIN;
}

function writerOfScalar(type: GraphQLScalarType): Write {
  return (value) => {
    if (typeof value === 'object' || typeof value === 'function') throw NOT_PLAIN;
    const serialized = type.serialize(value);
    if (serialized === null || serialized === undefined) throw NOT_PLAIN;
    return typeof serialized === 'string' && NEEDS_NO_ESCAPE.test(serialized)
      ? `"${serialized}"`
      : JSON.stringify(serialized);
  };
}

/** ASCII without quotation marks, backslashes and control characters: ids, dates and names, for a third of the time. */
const NEEDS_NO_ESCAPE = /^[ !#-[\]-~]*$/;

function writerOfEnum(type: GraphQLEnumType): Write {
  const texts = new Map(type.getValues().map(({ name, value }): [unknown, string] => [value, `"${name}"`]));
  return (value) => {
    const text = texts.get(value);
    if (text === undefined) throw NOT_PLAIN;
    return text;
  };
}

function writerOfList(write: Write): Write {
  return (values) => {
    if (!Array.isArray(values)) throw NOT_PLAIN;
    return `[${values.map(write).join(',')}]`;
  };
}

function compileInterface(options: WriterOptions, type: GraphQLInterfaceType, nodes: readonly FieldNode[]): Write {
  if (type.resolveType !== typeNameOfValue) throw NOT_PLAIN;
  const writers = new Map(
    options.schema.getPossibleTypes(type).map((one) => [one.name, compileObject(options, one, nodes)] as const),
  );
  return (value) => {
    const write = isPlain(value) ? writers.get(typeNameOfValue(value as { kind: string })) : undefined;
    if (write === undefined) throw NOT_PLAIN;
    return write(value);
  };
}

function compileObject(options: WriterOptions, type: GraphQLObjectType, nodes: readonly FieldNode[]): Write {
  if (type.isTypeOf !== undefined && type.isTypeOf !== null) throw NOT_PLAIN;
  const selected = new Map<string, FieldNode[]>();
  const seen = new Set<string>();
  for (const { selectionSet } of nodes) collect(options, type, selectionSet?.selections ?? [], selected, seen);
  const members = [...selected].map(([key, ofKey], at) => compileMember(options, type, key, ofKey, at === 0));
  return (value) => {
    if (!isPlain(value)) throw NOT_PLAIN;
    let text = '{';
    for (const { before, name, write } of members) text += before + write(value[name]);
    return `${text}}`;
  };
}

/** A field of an object: what comes before its value, the property that has it, and how that is written. */
interface Member {
  readonly before: string;
  readonly name: string;
  readonly write: Write;
}

function compileMember(
  options: WriterOptions,
  type: GraphQLObjectType,
  key: string,
  nodes: readonly FieldNode[],
  isFirst: boolean,
): Member {
  const name = nodes[0]?.name.value ?? '';
  const before = `${isFirst ? '' : ','}${JSON.stringify(key)}:`;
  if (name === '__typename') return { before, name, write: () => JSON.stringify(type.name) };
  const field = type.getFields()[name];
  if (field === undefined || field.resolve !== undefined || field.args.length > 0) throw NOT_PLAIN;
  return { before, name, write: compile(options, field.type, nodes) };
}

/** GraphQL's CollectFields for one type, the order of its keys included. */
function collect(
  options: WriterOptions,
  type: GraphQLObjectType,
  selections: readonly SelectionNode[],
  selected: Map<string, FieldNode[]>,
  seen: Set<string>,
): void {
  for (const selection of selections) {
    if (selection.directives !== undefined && selection.directives.length > 0) throw NOT_PLAIN;
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      selected.set(key, [...(selected.get(key) ?? []), selection]);
      continue;
    }
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : spread(options, selection.name.value, seen);
    if (fragment !== null && isFor(options, fragment.typeCondition, type)) {
      collect(options, type, fragment.selectionSet.selections, selected, seen);
    }
  }
}

/** A fragment counts where it is spread first. */
function spread({ fragments }: WriterOptions, name: string, seen: Set<string>): FragmentDefinitionNode | null {
  if (seen.has(name)) return null;
  seen.add(name);
  return fragments.get(name) ?? null;
}

function isFor({ schema }: WriterOptions, condition: NamedTypeNode | undefined, type: GraphQLObjectType): boolean {
  if (condition === undefined || condition.name.value === type.name) return true;
  const wanted = schema.getType(condition.name.value);
  return isAbstractType(wanted) && schema.isSubType(wanted, type);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !(value instanceof Error) && !('then' in value);
}
