import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import {
  TEAMS_ASYNC_OPERATION_STATUSES,
  TEAMS_ASYNC_OPERATION_TYPES,
  type OperationStep as Step,
  type TeamsAsyncOperationStatus as Status,
  type TeamsAsyncOperationType as Type,
} from '../../operation/kinds/teams-async-operation.js';
import { type OperationState as State } from '../../operation/state.js';
import { DateTime } from '../date-time.js';
import { OperationState } from '../enums.js';
import { Node, Operation } from '../operation.type.js';

function byWord<T extends string>(members: Readonly<Record<string, T>>): { readonly [W in T]: W } {
  return Object.fromEntries(Object.values(members).map((word) => [word, word])) as { readonly [W in T]: W };
}

export const TeamsAsyncOperationType = byWord(TEAMS_ASYNC_OPERATION_TYPES);
registerEnumType(TeamsAsyncOperationType, {
  name: 'TeamsAsyncOperationType',
  description: 'What a Teams operation does. A member that this version does not know reads as UNKNOWN_FUTURE_VALUE.',
  valuesConfig: {
    INVALID: { description: "Graph's invalid." },
    CLONE_TEAM: { description: 'Copies a team.' },
    ARCHIVE_TEAM: { description: 'Makes a team read-only.' },
    UNARCHIVE_TEAM: { description: 'Brings an archived team back.' },
    CREATE_TEAM: { description: 'Creates a team.' },
    UNKNOWN_FUTURE_VALUE: { description: 'A word that this version does not know, in `rawOperationType`.' },
    TEAMIFY_GROUP: { description: 'Makes a team of a group.' },
    CREATE_CHANNEL: { description: 'Creates a channel.' },
    CREATE_CHAT: { description: 'Creates a chat with an app installed.' },
    ARCHIVE_CHANNEL: { description: 'Makes a channel read-only.' },
    UNARCHIVE_CHANNEL: { description: 'Brings an archived channel back.' },
  },
});

export const TeamsAsyncOperationStatus = byWord(TEAMS_ASYNC_OPERATION_STATUSES);
registerEnumType(TeamsAsyncOperationStatus, {
  name: 'TeamsAsyncOperationStatus',
  description:
    "Graph's status of a Teams operation. A member that this version does not know reads as UNKNOWN_FUTURE_VALUE.",
  valuesConfig: {
    INVALID: { description: "Graph's invalid." },
    NOT_STARTED: { description: 'Accepted, and nothing done yet; an operation comes back here between two attempts.' },
    IN_PROGRESS: { description: 'Under way.' },
    SUCCEEDED: { description: 'Done.' },
    FAILED: { description: 'Not done; `error` says why.' },
    UNKNOWN_FUTURE_VALUE: { description: 'A word that this version does not know, in `rawStatus`.' },
  },
});

const OperationStepType = byWord({ app: 'APP', channel: 'CHANNEL' });
registerEnumType(OperationStepType, {
  name: 'OperationStepType',
  description: 'What a step installs or makes.',
  valuesConfig: { APP: { description: 'An app is installed.' }, CHANNEL: { description: 'A channel is created.' } },
});

@ObjectType({
  simpleResolvers: true,
  description: 'An app or a channel that an operation installs or makes on its way.',
})
export class OperationStep {
  @Field(() => OperationStepType, { description: 'Which of the two.' })
  type!: Step['type'];

  @Field(() => String, { description: "The app's id, or the channel's name." })
  reference!: string;

  @Field(() => Int, { nullable: true, description: "Graph's number of the step; null where Graph gives none." })
  index!: number | null;

  @Field(() => OperationState, {
    nullable: true,
    description: 'Where the step stands; null where Graph does not tell.',
  })
  state!: State | null;

  @Field(() => String, { nullable: true, description: 'The word Graph wrote for it; null where there is none.' })
  rawStatus!: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When Graph last did something for the step; null where Graph does not tell.',
  })
  updateTimestamp!: string | null;
}

@ObjectType({
  implements: [Node, Operation],
  simpleResolvers: true,
  description:
    'teamsAsyncOperation of Microsoft Graph: archive, clone or create a team, archive a channel, create a chat.',
})
export class TeamsAsyncOperation extends Operation {
  @Field(() => TeamsAsyncOperationType, {
    description: 'What it does; UNKNOWN_FUTURE_VALUE where this version does not know the word.',
  })
  operationType!: Type;

  @Field(() => String, { description: 'The word Graph wrote for it.' })
  rawOperationType!: string;

  @Field(() => TeamsAsyncOperationStatus, { description: "Graph's status, from which `state` is read." })
  status!: Status;

  @Field(() => Int, { description: 'How often Graph has tried, the first time included.' })
  attemptsCount!: number;

  @Field(() => String, {
    nullable: true,
    description: "What is made or changed: a team's GUID, or a chat's 19:…@thread.v2; null while Graph does not say.",
  })
  targetResourceId!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Where that is: opaque, handed on as Graph wrote it; null while Graph does not say.',
  })
  targetResourceLocation!: string | null;

  @Field(() => [OperationStep], {
    description: 'Apps and channels on the way, where Graph tells of them (undocumented); empty when it does not.',
  })
  steps!: readonly OperationStep[];
}
