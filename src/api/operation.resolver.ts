import { Arg, Ctx, ID, Int, Query, Resolver, Root, Subscription } from 'type-graphql';
import { type GraphQLError } from 'graphql';
import { GraphError, InputError } from '../operation/failure.js';
import { parseGlobalId } from '../operation/global-id.js';
import { type OperationRef as Ref } from '../operation/ref.js';
import { isTerminal } from '../operation/state.js';
import { type StreamEvent } from '../poll/stream.js';
import { waitForOperation } from '../poll/wait.js';
import { OperationConnection } from './connection.type.js';
import { type ApiContext } from './context.js';
import { listOperations } from './listing.js';
import {
  comparerOf,
  matcherOf,
  OperationFilter,
  OperationHost,
  operationHostOf,
  OperationOrder,
  OperationRef,
  refOf,
} from './operation.inputs.js';
import { Node, Operation, OperationStatusChange } from './operation.type.js';
import { toGraphQLError } from './errors.js';
import { viewOfChange, viewOfChanged, viewOfSeen } from './views.js';

const MAX_IDS = 100;
const MAX_REFS = 100;
const MAX_FIRST = 100;
const MAX_WAIT_SECONDS = 600;

@Resolver()
export class OperationResolver {
  @Query(() => Node, { nullable: true, description: 'Anything by its global id; null when Graph knows it no more.' })
  node(@Arg('id', () => ID, { description: 'The global id.' }) id: string, @Ctx() context: ApiContext) {
    return findById(id, context);
  }

  @Query(() => [Node], { nullable: 'items', description: 'Several by their global ids, in their order.' })
  nodes(
    @Arg('ids', () => [ID], { description: `At most ${MAX_IDS} global ids.` }) ids: string[],
    @Ctx() context: ApiContext,
  ) {
    checkBetween('ids', ids.length, 0, MAX_IDS, 'ids');
    return Promise.all(ids.map((id) => findById(id, context).catch(asItem)));
  }

  @Query(() => Operation, { nullable: true, description: 'One operation; null when Graph knows no such operation.' })
  operation(
    @Arg('ref', () => OperationRef, { description: 'Which one.' }) ref: OperationRef,
    @Ctx() context: ApiContext,
  ) {
    return find(refOf(ref, context.graphRoot), context);
  }

  @Query(() => OperationConnection, { description: 'The operations of a team or a chat.' })
  async operations(
    @Arg('host', () => OperationHost, { description: 'Of which team or chat.' }) host: OperationHost,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20, description: `How many, 1 to ${MAX_FIRST}.` })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'Behind which cursor.' }) after: string | null,
    @Arg('filter', () => OperationFilter, { nullable: true, description: 'Which of them.' })
    filter: OperationFilter | null,
    @Arg('orderBy', () => OperationOrder, { nullable: true, description: "In which order; Graph's own without it." })
    orderBy: OperationOrder | null,
    @Ctx() context: ApiContext,
  ): Promise<OperationConnection> {
    const count = first ?? 20;
    checkBetween('first', count, 1, MAX_FIRST, 'operations');
    const { entries, hasNextPage, endCursor } = await listOperations({
      ...context,
      caller: context.caller(),
      host: operationHostOf(host, context.graphRoot),
      first: count,
      after: after ?? null,
      matches: matcherOf(filter),
      compare: orderBy == null ? null : comparerOf(orderBy),
    });
    const viewpoint = context.viewpoint();
    return {
      edges: entries.map(({ entry, cursor }) => ({
        cursor,
        node: entry instanceof GraphError ? entry : viewOfSeen(entry, viewpoint),
      })),
      pageInfo: { hasNextPage, endCursor, hasPreviousPage: false, startCursor: entries[0]?.cursor ?? null },
    };
  }

  @Query(() => Operation, {
    description: 'One operation when it has ended, or as it is when time is up. Waiting costs no check of its own.',
  })
  async waitForOperation(
    @Arg('ref', () => OperationRef, { description: 'Which one.' }) ref: OperationRef,
    @Arg('timeoutSeconds', () => Int, {
      nullable: true,
      defaultValue: 60,
      description: `How long to wait, 0 to ${MAX_WAIT_SECONDS} seconds.`,
    })
    timeoutSeconds: number | null,
    @Ctx() context: ApiContext,
  ): Promise<Operation> {
    const seconds = timeoutSeconds ?? 60;
    checkBetween('timeoutSeconds', seconds, 0, MAX_WAIT_SECONDS, 'seconds');
    const { clock, coordinator, signal } = context;
    const untilAt = clock.now() + seconds * 1_000;
    const wanted = refOf(ref, context.graphRoot);
    const caller = context.caller();
    const outcome = await waitForOperation({ coordinator, clock, caller, ref: wanted, untilAt, signal });
    if (outcome instanceof Error) throw outcome;
    if (outcome !== null && isTerminal(outcome.operation.state)) return viewOfChanged(outcome, context.viewpoint());
    if (signal.aborted) throw new InputError('Nobody waits any more.');
    // Time is up. What was told last may be older than what is held by now: a check that changes nothing is not told.
    const seen = await context.operations.load(wanted);
    return viewOfSeen(seen, context.viewpoint());
  }

  @Subscription(() => OperationStatusChange, {
    description:
      'The state of each operation now, then each change, until the last of them has ended. A failure of one is an error event; the others go on.',
    subscribe: ({ args, context }: SubscribeData<{ refs: OperationRef[]; after?: string | null }>) => {
      checkBetween('refs', args.refs.length, 1, MAX_REFS, 'operations');
      const refs = args.refs.map((ref) => refOf(ref, context.graphRoot));
      return context.coordinator.watchOperations(context.caller(), refs, args.after ?? null);
    },
  })
  operationStatusChanged(
    @Arg('refs', () => [OperationRef], { description: `Which operations, at most ${MAX_REFS}.` })
    _refs: OperationRef[],
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event that was received.' })
    _after: string | null,
    @Root() event: StreamEvent,
    @Ctx() context: ApiContext,
  ): OperationStatusChange {
    return viewOfEvent(event, context);
  }

  @Subscription(() => OperationStatusChange, {
    description:
      'The same for every operation of a team or a chat, those that begin later included. It does not end by itself.',
    subscribe: ({ args, context }: SubscribeData<HostSubscriptionArgs>) => {
      const host = operationHostOf(args.host, context.graphRoot);
      return context.coordinator.watchHost(context.caller(), host, matcherOf(args.filter), args.after ?? null);
    },
  })
  hostOperationStatusChanged(
    @Arg('host', () => OperationHost, { description: 'Of which team or chat.' }) _host: OperationHost,
    @Arg('filter', () => OperationFilter, {
      nullable: true,
      description: 'Which of them. An operation that was told once is told to its end.',
    })
    _filter: OperationFilter | null,
    @Arg('after', () => String, { nullable: true, description: 'The cursor of the last event that was received.' })
    _after: string | null,
    @Root() event: StreamEvent,
    @Ctx() context: ApiContext,
  ): OperationStatusChange {
    return viewOfEvent(event, context);
  }
}

interface HostSubscriptionArgs {
  readonly host: OperationHost;
  readonly filter?: OperationFilter | null;
  readonly after?: string | null;
}

interface SubscribeData<Args> {
  readonly args: Args;
  readonly context: ApiContext;
}

/** Rejects for what is no id, too: in a list that is the failure of one item. */
async function findById(id: string, context: ApiContext): Promise<Operation | null> {
  return find(parseGlobalId(id), context);
}

async function find(ref: Ref, context: ApiContext): Promise<Operation | null> {
  context.caller(); // asked for first: without one the loader would say so as a failure of its batch
  try {
    return viewOfSeen(await context.operations.load(ref), context.viewpoint());
  } catch (error) {
    if (error instanceof GraphError && error.reason.kind === 'notFound') return null;
    throw error;
  }
}

function viewOfEvent(event: StreamEvent, context: ApiContext): OperationStatusChange {
  if ('change' in event) return viewOfChange(event.change, event.cursor, context.viewpoint());
  throw endingOf(event);
}

/** An operation's own failure names it, so that a client of several knows which one to give up. */
function endingOf({ ending }: Extract<StreamEvent, { ending: unknown }>): GraphQLError | Error {
  const known = toGraphQLError(ending.error);
  if (known === null || ending.ref === null) return ending.error;
  known.extensions['location'] = ending.ref.location;
  return known;
}

/** graphql-js takes an Error in a list for the failure of that item alone. */
function asItem(error: unknown): Error {
  return error instanceof Error ? error : new Error('unknown', { cause: error });
}

function checkBetween(name: string, value: number, least: number, most: number, what: string): void {
  if (value < least || value > most) {
    throw new InputError(`${name} must be from ${least} to ${most} ${what}; it is ${value}.`);
  }
}
