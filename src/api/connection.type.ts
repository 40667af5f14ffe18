import { Field, ObjectType } from 'type-graphql';
import { Operation } from './operation.type.js';

@ObjectType({ simpleResolvers: true, description: 'An operation in a list.' })
export class OperationEdge {
  @Field(() => String, { description: 'Give it back as `after` to go on behind this operation.' })
  cursor!: string;

  @Field(() => Operation, {
    nullable: true,
    description: 'The operation; null, with an error, where Graph wrote one that cannot be read.',
  })
  node!: Operation | Error | null;
}

@ObjectType({ simpleResolvers: true, description: 'Where a page of a list stands.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there may be more behind `endCursor`.' })
  hasNextPage!: boolean;

  @Field(() => Boolean, { description: 'Always false: lists are read forwards.' })
  hasPreviousPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the first edge; null when there is none.' })
  startCursor!: string | null;

  @Field(() => String, { nullable: true, description: 'Give it back as `after` to go on; null when nothing is there.' })
  endCursor!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'A page of the operations of a host.' })
export class OperationConnection {
  @Field(() => [OperationEdge], { description: 'The operations, with their cursors.' })
  edges!: readonly OperationEdge[];

  @Field(() => PageInfo, { description: 'Where this page stands.' })
  pageInfo!: PageInfo;
}
