import { Field, ID, InputType } from 'type-graphql';
import { InputError } from '../operation/failure.js';
import { parseGlobalId } from '../operation/global-id.js';
import { type TeamsAsyncOperation } from '../operation/kinds/teams-async-operation.js';
import { hostOf, parseHostLocation, parseOperationLocation, refInHost } from '../operation/location.js';
import { compareDateText, type Operation } from '../operation/operation.js';
import { type OperationHost as Host, type OperationRef as Ref } from '../operation/ref.js';
import { type OperationState as State } from '../operation/state.js';
import { DateTime } from './date-time.js';
import { OperationOrderField, OperationState, OrderDirection } from './enums.js';
import { TeamsAsyncOperationStatus, TeamsAsyncOperationType } from './kinds/teams-async-operation.type.js';
import { type ListOrder } from './listing.js';

@InputType({ description: 'An operation by its host and its own id.' })
export class OperationInHost {
  @Field(() => ID, { description: "The host's id: a team's GUID, or a chat's 19:…@thread.v2." })
  hostId!: string;

  @Field(() => ID, { description: "Graph's own id of the operation." })
  operationId!: string;
}

@InputType({ description: 'Which operation: exactly one of these.' })
export class OperationRef {
  @Field(() => ID, { nullable: true, description: 'The global id that this gateway gave it.' })
  id?: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The Location, Content-Location or Operation-Location header as Graph handed it out: with or without version, with quoted, bare or slash keys.',
  })
  location?: string;

  @Field(() => OperationInHost, { nullable: true, description: 'An operation of a chat.' })
  chat?: OperationInHost;

  @Field(() => OperationInHost, { nullable: true, description: 'An operation of a team.' })
  team?: OperationInHost;
}

@InputType({ description: 'Which team or chat: exactly one of these.' })
export class OperationHost {
  @Field(() => ID, { nullable: true, description: "A chat's id, 19:…@thread.v2." })
  chatId?: string;

  @Field(() => ID, { nullable: true, description: "A team's GUID." })
  teamId?: string;

  @Field(() => String, {
    nullable: true,
    description: 'The path of the host or of its operations, in any form of Graph.',
  })
  location?: string;
}

@InputType({ description: 'A span of time; either end may be open.' })
export class DateTimeRange {
  @Field(() => DateTime, { nullable: true, description: 'The earliest moment, itself included.' })
  from?: string;

  @Field(() => DateTime, { nullable: true, description: 'The end, itself not included.' })
  before?: string;
}

@InputType({ description: 'Which operations; what is given must all hold. The gateway filters the pages it read.' })
export class OperationFilter {
  @Field(() => [OperationState], { nullable: true, description: 'In one of these states.' })
  state?: readonly State[];

  @Field(() => [TeamsAsyncOperationStatus], { nullable: true, description: "With one of these statuses of Graph's." })
  status?: readonly TeamsAsyncOperation['status'][];

  @Field(() => [TeamsAsyncOperationType], { nullable: true, description: 'Of one of these types.' })
  operationType?: readonly TeamsAsyncOperation['operationType'][];

  @Field(() => DateTimeRange, { nullable: true, description: 'Created in this span.' })
  createdDateTime?: DateTimeRange;

  @Field(() => DateTimeRange, { nullable: true, description: 'Last acted upon in this span.' })
  lastActionDateTime?: DateTimeRange;
}

@InputType({ description: 'How to sort. The gateway sorts the pages it read, ten at the most.' })
export class OperationOrder {
  @Field(() => OperationOrderField, { description: 'By what.' })
  field!: OperationOrderField;

  @Field(() => OrderDirection, { defaultValue: OrderDirection.ASC, description: 'Which end comes first.' })
  direction!: OrderDirection;
}

/** What inputs were read as: a query that is asked again word for word comes with the same one. */
const read = new WeakMap<OperationRef, Ref>();

/** @throws {InputError} */
export function refOf(input: OperationRef, graphRoot: URL): Ref {
  const known = read.get(input);
  if (known !== undefined) return known;
  const ref = readRef(input, graphRoot);
  read.set(input, ref);
  return ref;
}

function readRef({ id, location, chat, team }: OperationRef, graphRoot: URL): Ref {
  if (id != null) return parseGlobalId(id);
  if (location != null) return parseOperationLocation(location, graphRoot);
  if (chat != null) return refInHost('chat', chat.hostId, chat.operationId);
  if (team != null) return refInHost('team', team.hostId, team.operationId);
  throw new InputError('An OperationRef names exactly one of id, location, chat and team.');
}

/** @throws {InputError} */
export function operationHostOf({ chatId, teamId, location }: OperationHost, graphRoot: URL): Host {
  if (chatId != null) return hostOf('chat', chatId);
  if (teamId != null) return hostOf('team', teamId);
  if (location != null) return parseHostLocation(location, graphRoot);
  throw new InputError('An OperationHost names exactly one of chatId, teamId and location.');
}

export function matcherOf(filter: OperationFilter | null | undefined): (operation: Operation) => boolean {
  if (filter == null) return () => true;
  return (operation) => {
    const { status, operationType } = operation as Partial<TeamsAsyncOperation>;
    return (
      isOneOf(filter.state, operation.state) &&
      isOneOf(filter.status, status) &&
      isOneOf(filter.operationType, operationType) &&
      isWithin(filter.createdDateTime, operation.createdDateTime) &&
      isWithin(filter.lastActionDateTime, operation.lastActionDateTime)
    );
  };
}

function isOneOf<T>(wanted: readonly T[] | null | undefined, value: T | undefined): boolean {
  return wanted == null || (value !== undefined && wanted.includes(value));
}

/** What has no date is in no span. */
function isWithin(range: DateTimeRange | null | undefined, date: string | null): boolean {
  if (range == null) return true;
  if (date === null) return false;
  return (
    (range.from == null || compareDateText(date, range.from) >= 0) &&
    (range.before == null || compareDateText(date, range.before) < 0)
  );
}

export function orderOf({ field, direction }: OperationOrder): ListOrder {
  const sign = direction === 'DESC' ? -1 : 1;
  const dateOf = (operation: Operation): string | null =>
    field === 'CREATED_DATE_TIME' ? operation.createdDateTime : operation.lastActionDateTime;
  return { name: `${field} ${direction}`, compare: (a, b) => sign * compareDateText(dateOf(a), dateOf(b)) };
}
