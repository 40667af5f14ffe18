import { Arg, Ctx, ID, Int, Query, Resolver, Root, Subscription } from 'type-graphql';
import { GraphError, InputError, LimitError, type LimitName } from '../operation/failure.js';
import { parseGlobalId } from '../operation/global-id.js';
import { type OperationRef as Ref } from '../operation/ref.js';
import { isTerminal } from '../operation/state.js';
import { type StreamEvent } from '../poll/stream.js';
import { waitForOperation } from '../poll/wait.js';
import { OperationConnection } from './connection.type.js';
import { type ApiContext } from './context.js';
import { listOperations } from './listing.js';
import {
  matcherOf,
  OperationFilter,
  OperationHost,
  operationHostOf,
  OperationOrder,
  OperationRef,
  orderOf,
  refOf,
} from './operation.inputs.js';
import { Node, Operation, OperationStatusChange } from './operation.type.js';
import { viewOfEvent } from './events.js';
import { viewOfChanged, viewOfSeen } from './views.js';

@Resolver()
export class OperationResolver {
  @Query(() => Node, { nullable: true, description: 'Anything by its global id; null when Graph knows it no more.' })
  node(@Arg('id', () => ID, { description: 'The global id.' }) id: string, @Ctx() context: ApiContext) {
    return findById(id, context);
  }

  @Query(() => [Node], {
    nullable: 'items',
    description:
      'Several by their global ids, in their order; null in the place of one that Graph knows no more, or that failed.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Global ids; 100 at most unless configured otherwise.' }) ids: string[],
    @Ctx() context: ApiContext,
  ) {
    checkMost('IDS', '`ids`', ids.length, context.limits.ids, 'ids');
    return Promise.all(ids.map((id) => findById(id, context).catch(asItem)));
  }

  @Query(() => Operation, { nullable: true, description: 'One operation; null when Graph knows no such operation.' })
  operation(
    @Arg('ref', () => OperationRef, { description: 'Which one.' }) ref: OperationRef,
    @Ctx() context: ApiContext,
  ) {
    return find(refOf(ref, context.graphRoot), context);
  }

  @Query(() => OperationConnection, {
    description: 'The operations of a team or a chat, page by page; Graph knows no list of all.',
  })
  async operations(
    @Arg('host', () => OperationHost, { description: 'Of which team or chat.' }) host: OperationHost,
    @Arg('first', () => Int, {
      nullable: true,
      defaultValue: 20,
      description: 'How many, at least 1; 100 at most unless configured otherwise.',
    })
    first: number | null,
    @Arg('after', () => String, { nullable: true, description: 'Behind which cursor; from the beginning without it.' })
    after: string | null,
    @Arg('filter', () => OperationFilter, { nullable: true, description: 'Which of them.' })
    filter: OperationFilter | null,
    @Arg('orderBy', () => OperationOrder, { nullable: true, description: "In which order; Graph's own without it." })
    orderBy: OperationOrder | null,
    @Ctx() context: ApiContext,
  ): Promise<OperationConnection> {
    const count = first ?? 20;
    checkLeast('`first`', count, 1);
    checkMost('PAGE_SIZE', '`first`', count, context.limits.pageSize, 'operations');
    const { checks, graphRoot, cost } = context;
    const { entries, hasNextPage, endCursor } = await listOperations({
      checks,
      graphRoot,
      cost,
      caller: context.caller(),
      host: operationHostOf(host, graphRoot),
      first: count,
      after: after ?? null,
      matches: matcherOf(filter),
      order: orderBy == null ? null : orderOf(orderBy),
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
      description: 'How long to wait, in seconds; 600 at most unless configured otherwise.',
    })
    timeoutSeconds: number | null,
    @Ctx() context: ApiContext,
  ): Promise<Operation> {
    const seconds = timeoutSeconds ?? 60;
    checkLeast('`timeoutSeconds`', seconds, 0);
    checkMost('WAIT_SECONDS', '`timeoutSeconds`', seconds, context.limits.waitSeconds, 'seconds');
    const { clock, coordinator, waits } = context;
    const signal = context.signal();
    const wanted = refOf(ref, context.graphRoot);
    const authority = context.authority();
    // A caller waits no longer than its token lasts.
    const untilAt = Math.min(clock.now() + seconds * 1_000, authority.caller.expiresAt ?? Infinity);
    const waited = waits.begin(authority.caller.subject);
    const waiting = waitForOperation({ coordinator, clock, authority, ref: wanted, untilAt, signal });
    const outcome = await waiting.finally(waited);
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
      checkLeast('`refs`', args.refs.length, 1);
      checkMost('REFS', '`refs`', args.refs.length, context.limits.refs, 'operations');
      const refs = args.refs.map((ref) => refOf(ref, context.graphRoot));
      return context.coordinator.watchOperations(context.authority(), refs, standsAt(args, context));
    },
  })
  operationStatusChanged(
    @Arg('refs', () => [OperationRef], { description: 'Which operations; 100 at most unless configured otherwise.' })
    _refs: OperationRef[],
    @Arg('after', () => String, {
      nullable: true,
      description: 'The cursor of the last event that was received. Of other operations it counts as too old.',
    })
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
      return context.coordinator.watchHost(context.authority(), host, matcherOf(args.filter), standsAt(args, context));
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

/** Where a client is in its stream; a browser that comes back says it later than the document does. */
function standsAt({ after }: { readonly after?: string | null }, { lastEventId }: ApiContext): string | null {
  return (lastEventId || after) ?? null; // without a cursor the header says nothing
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

/** graphql-js takes an Error in a list for the failure of that item alone. */
function asItem(error: unknown): Error {
  return error instanceof Error ? error : new Error('unknown', { cause: error });
}

function checkLeast(name: string, value: number, least: number): void {
  if (value < least) throw new InputError(`${name} must be at least ${least}; it is ${value}.`);
}

function checkMost(limit: LimitName, name: string, value: number, most: number, what: string): void {
  if (value > most) throw new LimitError(limit, `${name} may be ${most} ${what} at most; it is ${value}.`);
}
