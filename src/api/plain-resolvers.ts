import { type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { type ApiContext } from './context.js';
import {
  type OperationFilter,
  type OperationHost,
  type OperationOrder,
  type OperationRef,
} from './operation.inputs.js';
import { OperationResolver } from './operation.resolver.js';

type Resolve<Args> = GraphQLFieldResolver<unknown, ApiContext, Args>;

interface ListArgs {
  readonly host: OperationHost;
  readonly first: number | null;
  readonly after?: string | null;
  readonly filter?: OperationFilter | null;
  readonly orderBy?: OperationOrder | null;
}

/**
 * Calls the resolvers of queries with what graphql-js has read already. type-graphql's way to them makes instances of
 * the arguments and a promise of each, which nothing here looks at, and costs more than the look at what is held.
 */
export function resolvePlainly(schema: GraphQLSchema): void {
  const resolver = new OperationResolver();
  const node: Resolve<{ readonly id: string }> = (_root, { id }, context) => resolver.node(id, context);
  const nodes: Resolve<{ readonly ids: string[] }> = (_root, { ids }, context) => resolver.nodes(ids, context);
  const operation: Resolve<{ readonly ref: OperationRef }> = (_root, { ref }, context) =>
    resolver.operation(ref, context);
  const operations: Resolve<ListArgs> = (_root, { host, first, after, filter, orderBy }, context) =>
    resolver.operations(host, first, after ?? null, filter ?? null, orderBy ?? null, context);

  const fields = schema.getQueryType()?.getFields() ?? {};
  for (const [name, resolve] of Object.entries({ node, nodes, operation, operations })) {
    const field = fields[name];
    if (field !== undefined) field.resolve = resolve;
  }
}
