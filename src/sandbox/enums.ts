import { badRequest } from './envelope.js';
import { type JsonObject } from './message.js';

/**
 * Graph's evolvable enumerations. Members before the sentinel are shown to everybody; members after it only to who says
 * `Prefer: include-unknown-enum-members`, everybody else reads the sentinel. Source: API guideline and CSDL of 2026-08.
 */
const SENTINEL = 'unknownFutureValue';

interface Enumeration {
  readonly type: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const ENUMERATIONS: Readonly<Record<string, Enumeration>> = {
  status: {
    type: 'teamsAsyncOperationStatus',
    before: ['invalid', 'notStarted', 'inProgress', 'succeeded', 'failed'],
    after: [],
  },
  operationType: {
    type: 'teamsAsyncOperationType',
    before: ['invalid', 'cloneTeam', 'archiveTeam', 'unarchiveTeam', 'createTeam'],
    after: ['teamifyGroup', 'createChannel', 'createChat', 'archiveChannel', 'unarchiveChannel'],
  },
};

export const INCLUDE_UNKNOWN = 'include-unknown-enum-members';

/** @param prefer the value of the header: preferences with commas between them */
export function wantsUnknownMembers(prefer: string | undefined): boolean {
  return (prefer ?? '').split(',').some((preference) => preference.trim().toLowerCase() === INCLUDE_UNKNOWN);
}

/** The body as somebody reads it who did not ask for the members after the sentinel. */
export function hideUnknownMembers(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const enumeration = ENUMERATIONS[name];
      const hidden = enumeration !== undefined && typeof value === 'string' && !enumeration.before.includes(value);
      return [name, hidden ? SENTINEL : value];
    }),
  );
}

/**
 * Checks a word that a filter compares an enumeration with.
 * @throws {Refusal} 400 when there is no such member, or none for who did not ask for it
 */
export function checkMember(property: string, word: string, unknownToo: boolean): void {
  const enumeration = ENUMERATIONS[property];
  if (enumeration === undefined) return;
  const known = [...enumeration.before, SENTINEL, ...(unknownToo ? enumeration.after : [])];
  if (!known.includes(word)) {
    throw badRequest(`Invalid filter clause: '${word}' is not a value of 'microsoft.graph.${enumeration.type}'.`);
  }
}
