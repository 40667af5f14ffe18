import {
  isDateText,
  isJsonObject,
  isNullableText,
  malformed,
  readDateText,
  readInt,
  readNullableText,
  readText,
  type JsonObject,
} from '../json.js';
import { type HostKind, type OperationKind } from '../kind.js';
import { type Operation, type OperationFault } from '../operation.js';
import { isState, type OperationState } from '../state.js';

/**
 * teamsAsyncOperation of Microsoft Graph: archive, clone or create a team, archive a channel, create a chat.
 * Sources: v1.0 and beta CSDL of 2026-08, and the documentation pages of the resource and its two methods.
 */
export interface TeamsAsyncOperation extends Operation {
  readonly kind: 'teamsAsyncOperation';
  readonly operationType: TeamsAsyncOperationType;
  readonly rawOperationType: string;
  readonly status: TeamsAsyncOperationStatus;
  readonly attemptsCount: number;
  /** Text: a team's GUID, or a chat's `19:…@thread.v2`. */
  readonly targetResourceId: string | null;
  /** Relative and opaque: handed on, never taken apart. */
  readonly targetResourceLocation: string | null;
  readonly steps: readonly OperationStep[];
}

/** An app or a channel that the operation installs or makes on its way. */
export interface OperationStep {
  readonly type: 'APP' | 'CHANNEL';
  /** What is installed or made: an app's id, a channel's name. */
  readonly reference: string;
  readonly index: number | null;
  /** Null where Graph tells of no state, as for the apps of a chat. */
  readonly state: OperationState | null;
  readonly rawStatus: string | null;
  readonly updateTimestamp: string | null;
}

export const TEAMS_ASYNC_OPERATION_TYPES = {
  invalid: 'INVALID',
  cloneTeam: 'CLONE_TEAM',
  archiveTeam: 'ARCHIVE_TEAM',
  unarchiveTeam: 'UNARCHIVE_TEAM',
  createTeam: 'CREATE_TEAM',
  unknownFutureValue: 'UNKNOWN_FUTURE_VALUE',
  teamifyGroup: 'TEAMIFY_GROUP',
  createChannel: 'CREATE_CHANNEL',
  createChat: 'CREATE_CHAT',
  archiveChannel: 'ARCHIVE_CHANNEL',
  unarchiveChannel: 'UNARCHIVE_CHANNEL',
} as const;
export type TeamsAsyncOperationType = (typeof TEAMS_ASYNC_OPERATION_TYPES)[keyof typeof TEAMS_ASYNC_OPERATION_TYPES];

export const TEAMS_ASYNC_OPERATION_STATUSES = {
  invalid: 'INVALID',
  notStarted: 'NOT_STARTED',
  inProgress: 'IN_PROGRESS',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  unknownFutureValue: 'UNKNOWN_FUTURE_VALUE',
} as const;
export type TeamsAsyncOperationStatus =
  (typeof TEAMS_ASYNC_OPERATION_STATUSES)[keyof typeof TEAMS_ASYNC_OPERATION_STATUSES];

/**
 * The life of a Teams operation:
 *
 *     notStarted ──▶ inProgress ──▶ succeeded | failed
 *
 * Only the end is final: Graph counts attempts, and between two of them an operation may stand at notStarted again.
 */
const STATES: Record<TeamsAsyncOperationStatus, OperationState> = {
  INVALID: 'UNKNOWN',
  NOT_STARTED: 'NOT_STARTED',
  IN_PROGRESS: 'RUNNING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
  UNKNOWN_FUTURE_VALUE: 'UNKNOWN',
};

/** A team's id is its group's id, so all of these paths lead to one resource. Source: SDK URI templates of 2026-08. */
const team: HostKind = {
  name: 'team',
  version: 'v1.0',
  path: '/teams/{team-id}',
  paths: {
    'v1.0': [
      '/teams/{team-id}',
      '/groups/{team-id}/team',
      '/users/{user-id}/joinedTeams/{team-id}',
      '/me/joinedTeams/{team-id}',
    ],
    beta: ['/teams/{team-id}', '/groups/{team-id}/team'],
  },
  collection: 'operations',
  readBy: 'cheapest',
};

/** Chats have operations in beta only. The page of the single read warns of stale answers and recommends the list. */
const chat: HostKind = {
  name: 'chat',
  version: 'beta',
  path: '/chats/{chat-id}',
  paths: {
    'v1.0': [],
    beta: ['/chats/{chat-id}', '/users/{user-id}/chats/{chat-id}', '/me/chats/{chat-id}'],
  },
  collection: 'operations',
  readBy: 'list',
};

/** Team templates, generated in beta and documented nowhere; they count against no budget but the tenant's. */
const templates: readonly HostKind[] = [
  '/teamTemplateDefinition/{definition-id}/teamDefinition',
  '/teamwork/teamTemplates/{template-id}/definitions/{definition-id}/teamDefinition',
].map((path) => ({
  name: 'teamDefinition',
  version: 'beta',
  path,
  paths: { 'v1.0': [], beta: [path] },
  collection: 'operations',
  readBy: 'cheapest',
}));

export const teamsAsyncOperation: OperationKind<TeamsAsyncOperation> = {
  name: 'teamsAsyncOperation',
  hosts: [team, chat, ...templates],
  decode(body) {
    const rawStatus = readText(body, 'status');
    // Graph's schema has these two without null. A body that lacks them still tells the status, which is what is watched.
    const rawOperationType = readNullableText(body, 'operationType') ?? '';
    const attemptsCount = readInt(body, 'attemptsCount', 0);
    const status = readMember(TEAMS_ASYNC_OPERATION_STATUSES, rawStatus);
    return {
      kind: 'teamsAsyncOperation',
      operationId: readText(body, 'id'),
      state: STATES[status],
      rawStatus,
      status,
      operationType: readMember(TEAMS_ASYNC_OPERATION_TYPES, rawOperationType),
      rawOperationType,
      createdDateTime: readDateText(body, 'createdDateTime'),
      lastActionDateTime: readDateText(body, 'lastActionDateTime'),
      attemptsCount,
      targetResourceId: readNullableText(body, 'targetResourceId'),
      targetResourceLocation: readNullableText(body, 'targetResourceLocation'),
      error: readFault(body),
      steps: readSteps(body['Value'] ?? body['values']),
    };
  },
  isDecoded({
    operationType,
    rawOperationType,
    status,
    attemptsCount,
    targetResourceId,
    targetResourceLocation,
    steps,
  }) {
    return (
      isMember(TEAMS_ASYNC_OPERATION_TYPES, operationType) &&
      typeof rawOperationType === 'string' &&
      isMember(TEAMS_ASYNC_OPERATION_STATUSES, status) &&
      Number.isSafeInteger(attemptsCount) &&
      isNullableText(targetResourceId) &&
      isNullableText(targetResourceLocation) &&
      Array.isArray(steps) &&
      steps.length <= MAX_STEPS &&
      steps.every(isStep)
    );
  },
};

function isMember(members: Readonly<Record<string, string>>, value: unknown): boolean {
  return Object.values(members).some((member) => member === value);
}

function isStep(step: unknown): boolean {
  return (
    isJsonObject(step) &&
    (step['type'] === 'APP' || step['type'] === 'CHANNEL') &&
    typeof step['reference'] === 'string' &&
    (step['index'] === null || Number.isSafeInteger(step['index'])) &&
    (step['state'] === null || isState(step['state'])) &&
    isNullableText(step['rawStatus']) &&
    (step['updateTimestamp'] === null || isDateText(step['updateTimestamp']))
  );
}

/** An evolvable enumeration's member, compared without case; a word this version has not met is the sentinel. */
function readMember<M extends { readonly unknownFutureValue: string }>(members: M, word: string): M[keyof M] {
  const known = Object.keys(members).find((name) => name.toLowerCase() === word.toLowerCase());
  return members[(known ?? 'unknownFutureValue') as keyof M];
}

function readFault(body: JsonObject): OperationFault | null {
  const error = body['error'] ?? null;
  if (error === null) return null;
  if (!isJsonObject(error)) throw malformed('error', 'an object or null', error);
  return {
    code: readNullableText(error, 'code', 'error.code'),
    message: readNullableText(error, 'message', 'error.message'),
  };
}

/** A create-team of hundreds of channels is told in full; more than this is not a list of steps. */
const MAX_STEPS = 1_000;

/**
 * Apps and channels from the undeclared member `Value` (teams) or `values` (chats), a string that holds JSON. It is
 * documented nowhere, so whatever does not parse is left out: it can never make an operation unreadable.
 */
function readSteps(text: unknown): readonly OperationStep[] {
  if (typeof text !== 'string') return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return []; // Undeclared and not JSON: not steps. The operation itself is told by the declared members.
  }
  if (!isJsonObject(value)) return [];
  return [
    ...readItems(value['apps'], 'APP'),
    ...readItems(value['channels'], 'CHANNEL'),
    ...readAppIds(value['appIds']),
  ].slice(0, MAX_STEPS);
}

/** `{Index,Status,UpdateTimestamp,Reference}`, with sub-states in PascalCase. */
function readItems(items: unknown, type: OperationStep['type']): OperationStep[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown) => {
    if (!isJsonObject(item) || typeof item['Reference'] !== 'string') return [];
    const { Reference, Index, Status, UpdateTimestamp } = item;
    const rawStatus = typeof Status === 'string' ? Status : null;
    return {
      type,
      reference: Reference,
      index: typeof Index === 'number' && Number.isInteger(Index) && Math.abs(Index) < 2 ** 31 ? Index : null,
      state: rawStatus === null ? null : STATES[readMember(TEAMS_ASYNC_OPERATION_STATUSES, rawStatus)],
      rawStatus,
      updateTimestamp: isDateText(UpdateTimestamp) ? UpdateTimestamp : null,
    };
  });
}

function readAppIds(appIds: unknown): OperationStep[] {
  if (!Array.isArray(appIds)) return [];
  return appIds
    .filter((appId): appId is string => typeof appId === 'string')
    .map((reference) => ({ type: 'APP', reference, index: null, state: null, rawStatus: null, updateTimestamp: null }));
}
