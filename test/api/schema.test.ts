import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  graphql,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isNullableType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  parse,
  validate,
  validateSchema,
  type GraphQLSchema,
} from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { createSchema, printSdl } from '../../src/api/schema.js';

/** Everything that has a description, `Type.field(argument)`, with what it says. */
function describedIn(schema: GraphQLSchema): [name: string, description: string][] {
  const own = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  return own.flatMap((type) => {
    const members: [string, string | null | undefined][] = [[type.name, type.description]];
    if (isEnumType(type)) {
      for (const { name, description } of type.getValues()) members.push([`${type.name}.${name}`, description]);
    }
    if (isObjectType(type) || isInterfaceType(type)) {
      for (const field of Object.values(type.getFields())) {
        members.push([`${type.name}.${field.name}`, field.description]);
        for (const { name, description } of field.args)
          members.push([`${type.name}.${field.name}(${name})`, description]);
      }
    }
    if (isInputObjectType(type)) {
      for (const { name, description } of Object.values(type.getFields()))
        members.push([`${type.name}.${name}`, description]);
    }
    return members.map(([name, description]): [string, string] => [name, description ?? '']);
  });
}

/** Every field that may be null, with what is said of it. */
function nullableFieldsIn(schema: GraphQLSchema): [name: string, description: string][] {
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) || isInterfaceType(type))
    .filter((type) => !isIntrospectionType(type))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => isNullableType(field.type))
        .map(({ name, description }): [string, string] => [`${type.name}.${name}`, description ?? '']),
    );
}

describe('the schema', () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await createSchema();
  });

  it('is the one that is committed', async () => {
    const committed = await readFile(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');
    expect(printSdl(schema)).toBe(committed);
  });

  it('is valid', () => {
    expect(validateSchema(schema)).toEqual([]);
  });

  it('describes every type, field, argument and enum value in a sentence', () => {
    const described = describedIn(schema);
    expect(described.length).toBeGreaterThan(100);
    expect(described.filter(([, description]) => !/^\S.*[.:)]$/s.test(description))).toEqual([]);
  });

  it('says of every field that may be null when it is', () => {
    const nullable = nullableFieldsIn(schema);
    expect(nullable.length).toBeGreaterThan(20);
    expect(nullable.filter(([, description]) => !/\bnull\b/.test(description))).toEqual([]);
  });

  it('gives every number of time its unit', () => {
    const timed = describedIn(schema).filter(([name]) => /Seconds\)?$/.test(name));
    expect(timed.map(([name]) => name)).toEqual(
      expect.arrayContaining(['Freshness.ageSeconds', 'Query.waitForOperation(timeoutSeconds)']),
    );
    expect(timed.filter(([, description]) => !description.includes('seconds'))).toEqual([]);
  });

  const errorsOf = (ref: string): readonly string[] =>
    validate(schema, parse(`{ operation(ref: ${ref}) { id } }`)).map(({ message }) => message);
  const variablesFor = (type: string, value: unknown): readonly string[] => {
    const document = parse(`query ($value: ${type}!) { __typename }`);
    const [definition] = document.definitions;
    if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('There is an operation in it.');
    return (
      getVariableValues(schema, definition.variableDefinitions ?? [], { value }).errors?.map(
        (error) => error.message,
      ) ?? []
    );
  };

  it.each([
    '{ id: "1" }',
    '{ location: "/" }',
    '{ team: { hostId: "1", operationId: "2" } }',
    '{ chat: { hostId: "1", operationId: "2" } }',
  ])('takes a ref that names one thing: %s', (ref) => {
    expect(errorsOf(ref)).toEqual([]);
  });

  it.each([
    '{}',
    '{ id: null }',
    '{ id: "1", location: "/" }',
    '{ id: "1", location: null }',
    '{ team: { hostId: "1" } }',
    '{ other: "1" }',
    '"1"',
  ])('takes no ref like %s', (ref) => {
    expect(errorsOf(ref).length).toBeGreaterThan(0);
  });

  it.each<{ type: string; value: unknown; good: boolean }>([
    { type: 'OperationRef', value: { location: '/' }, good: true },
    { type: 'OperationRef', value: {}, good: false },
    { type: 'OperationRef', value: { id: null }, good: false },
    { type: 'OperationRef', value: { id: '1', location: '/' }, good: false },
    { type: 'OperationHost', value: { teamId: '1' }, good: true },
    { type: 'OperationHost', value: { teamId: '1', chatId: '2' }, good: false },
    { type: 'OperationHost', value: {}, good: false },
  ])('of a variable $type $value it is $good that it names exactly one thing', ({ type, value, good }) => {
    expect(variablesFor(type, value).length === 0).toBe(good);
  });

  it('tells tools which inputs take exactly one member', async () => {
    const { data } = await graphql({
      schema,
      source: '{ ref: __type(name: "OperationRef") { isOneOf } filter: __type(name: "OperationFilter") { isOneOf } }',
    });
    expect(data).toEqual({ ref: { isOneOf: true }, filter: { isOneOf: false } });
  });

  it('takes the next kind of operation for granted: what all kinds share is asked of the interface', () => {
    const shared =
      '{ operation(ref: { id: "1" }) { __typename id state terminal freshness { checkedAt } history { to } } }';
    expect(validate(schema, parse(shared))).toEqual([]);
    const own = '{ operation(ref: { id: "1" }) { ... on TeamsAsyncOperation { attemptsCount steps { state } } } }';
    expect(validate(schema, parse(own))).toEqual([]);
  });
});
