import 'reflect-metadata';
import {
  GraphQLInputObjectType,
  isInterfaceType,
  lexicographicSortSchema,
  printSchema,
  type GraphQLSchema,
} from 'graphql';
import { buildSchema } from 'type-graphql';
import { DateTime } from './date-time.js';
import { KIND_TYPES } from './kinds.js';
import { OperationResolver } from './operation.resolver.js';
import { resolvePlainly } from './plain-resolvers.js';
import { typeNameOfValue } from './type-names.js';

/** Inputs of which exactly one member is given; type-graphql has no word for it, GraphQL has. */
const ONE_OF = ['OperationRef', 'OperationHost'];

/** type-graphql makes the roots of all resolvers together, and asks nobody what they are for. */
const ROOTS = {
  Query:
    'What is known now: from what is held while it is young, else from Microsoft Graph, once for everybody who asks.',
  Subscription: 'What is known now, and then each change. Over a websocket, or as server-sent events.',
};

export async function createSchema(): Promise<GraphQLSchema> {
  const schema = await buildSchema({
    resolvers: [OperationResolver],
    orphanedTypes: [...KIND_TYPES],
    scalarsMap: [{ type: Date, scalar: DateTime }],
    validate: false,
    skipCheck: true, // Apollo validates the schema as well
    // Asked for as soon as there is a subscription; ours take their events from the coordinator instead.
    pubSub: { publish: noTopics, subscribe: noTopics },
  });
  for (const name of ONE_OF) {
    const type = schema.getType(name);
    if (type instanceof GraphQLInputObjectType) type.isOneOf = true;
  }
  for (const [name, description] of Object.entries(ROOTS)) {
    const type = schema.getType(name);
    if (type !== undefined) type.description = description;
  }
  // type-graphql makes a promise of each value's type; without one, an operation is written in one go.
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInterfaceType(type)) type.resolveType = typeNameOfValue;
  }
  resolvePlainly(schema);
  return schema;
}

function noTopics(): never {
  throw new Error('There are no topics: subscriptions take their events from the coordinator.');
}

/** The schema as text, as `npm run schema` writes it. */
export function printSdl(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
