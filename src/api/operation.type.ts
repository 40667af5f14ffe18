import { Field, Float, ID, InterfaceType, ObjectType } from 'type-graphql';
import { MAX_TRANSITIONS } from '../operation/snapshot.js';
import { type OperationState as State } from '../operation/state.js';
import { type ChangeReason as Reason } from '../poll/stream.js';
import { type CheckDelay as Delay } from '../poll/seen.js';
import { DateTime } from './date-time.js';
import { ChangeReason, CheckDelay, OperationState } from './enums.js';
import { typeNameOfValue } from './type-names.js';

@InterfaceType({
  description: 'Anything that has a global id and can be asked for by it.',
  resolveType: typeNameOfValue,
})
export abstract class Node {
  @Field(() => ID, {
    description:
      'Opaque and global: it survives restarts and is the same on every replica. It gives no access by itself.',
  })
  id!: string;
}

@ObjectType({
  simpleResolvers: true,
  description: 'What went wrong in an operation that failed, as Microsoft Graph tells it.',
})
export class OperationError {
  @Field(() => String, { nullable: true, description: "Graph's error code, to branch on; null where Graph gave none." })
  code!: string | null;

  @Field(() => String, {
    nullable: true,
    description: "Graph's message: not localized, not meant for end users; null where Graph gave none.",
  })
  message!: string | null;
}

@ObjectType({ simpleResolvers: true, description: 'How old the answer is, and when it will be renewed.' })
export class Freshness {
  @Field(() => DateTime, { description: 'When Microsoft Graph was last asked about this operation and answered.' })
  checkedAt!: number;

  @Field(() => Float, { description: 'How long ago that was, in seconds, with fractions.' })
  ageSeconds!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it will be checked next; null when nobody watches it or it has ended.',
  })
  nextCheckAt!: number | null;

  @Field(() => CheckDelay, { nullable: true, description: 'Why it was not checked when it was due; null when it was.' })
  delayedBy!: Delay | null;
}

@ObjectType({ simpleResolvers: true, description: 'A change of state that this gateway saw.' })
export class OperationTransition {
  @Field(() => OperationState, { nullable: true, description: 'The state before; null for the first one seen.' })
  from!: State | null;

  @Field(() => OperationState, { description: 'The state after.' })
  to!: State;

  @Field(() => String, { description: 'The word Graph wrote for it.' })
  rawStatus!: string;

  @Field(() => DateTime, { description: 'When the gateway saw it: up to one interval after it happened.' })
  observedAt!: number;

  @Field(() => DateTime, {
    nullable: true,
    description: "Graph's own date of its last action by then; null where Graph did not say.",
  })
  lastActionDateTime!: string | null;
}

@InterfaceType({
  implements: Node,
  description: 'A long-running operation of Microsoft Graph, of whatever kind.',
  resolveType: typeNameOfValue,
})
export abstract class Operation extends Node {
  @Field(() => String, { description: "Graph's own id: opaque text, not always a GUID." })
  operationId!: string;

  @Field(() => String, {
    description: 'The versioned path to read it again, for example /v1.0/teams/{id}/operations/{id}.',
  })
  location!: string;

  @Field(() => OperationState, { description: 'Where it stands, in the words that all kinds share.' })
  state!: State;

  @Field(() => Boolean, { description: 'Whether it has ended: no later check can change it.' })
  terminal!: boolean;

  @Field(() => String, { description: 'The word Graph wrote, also when this version does not know it.' })
  rawStatus!: string;

  @Field(() => DateTime, { nullable: true, description: 'When Graph created it; null where Graph did not say.' })
  createdDateTime!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When Graph last did something for it; null where Graph did not say.',
  })
  lastActionDateTime!: string | null;

  @Field(() => OperationError, { nullable: true, description: 'What went wrong; null unless it failed.' })
  error!: OperationError | null;

  @Field(() => Freshness, { description: 'How old this answer is.' })
  freshness!: Freshness;

  @Field(() => [OperationTransition], {
    description: `What this gateway saw of it, oldest first: the newest ${MAX_TRANSITIONS} changes.`,
  })
  history!: readonly OperationTransition[];
}

@ObjectType({ simpleResolvers: true, description: 'An operation, and what happened to it.' })
export class OperationStatusChange {
  @Field(() => Operation, { description: 'The operation as it is after the change.' })
  operation!: Operation;

  @Field(() => OperationState, {
    nullable: true,
    description: 'The state before; null in the first event of an operation.',
  })
  from!: State | null;

  @Field(() => OperationState, { description: 'The state now.' })
  to!: State;

  @Field(() => ChangeReason, { description: 'Why this event is sent.' })
  reason!: Reason;

  @Field(() => DateTime, { description: 'When the gateway saw the state for the first time.' })
  observedAt!: number;

  @Field(() => String, { description: 'Give it back as `after` to miss nothing across a reconnect.' })
  cursor!: string;
}
