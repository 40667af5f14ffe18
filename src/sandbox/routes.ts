import { type Call } from './call.js';
import { badRequest, Refusal } from './envelope.js';
import { type Answer } from './message.js';
import { VERSIONS, type ODataPath, type Version } from './odata.js';
import { listOperations, readOperation } from './operations.js';
import { findHost, listHosts, readHost, readMe } from './places.js';
import { archiveChannel, archiveTeam, cloneTeam, createChannel, createChat, createTeam } from './starting.js';
import { type Host, type HostKind } from './tenant.js';

/** One path of Graph's and what it answers. */
export interface Route {
  readonly method: string;
  readonly versions: readonly Version[];
  /** Words as they stand, keys in braces. */
  readonly pattern: readonly string[];
  /** Whose limits it counts against, beside the tenant's. */
  readonly host: HostKind | null;
  readonly serve: (call: Call) => Answer;
}

type HostHandler = (call: Call, host: Host) => Answer;

function route(method: string, path: string, serve: (call: Call) => Answer, versions = VERSIONS): Route {
  return { method, versions, pattern: path.slice(1).split('/'), host: null, serve };
}

/** Routes of one team or chat: who is not a member gets no further than this. */
function hostRoutes(
  kind: HostKind,
  paths: readonly string[],
  rest: string,
  method: string,
  serve: HostHandler,
): Route[] {
  return paths.map((path) => ({
    method,
    versions: versionsOf(path, rest),
    pattern: `${path}${rest}`.slice(1).split('/'),
    host: kind,
    serve: (call) => serve(call, findHost(call, kind)),
  }));
}

const TEAM = ['/teams/{team-id}', '/groups/{team-id}/team'];
const JOINED_TEAM = ['/users/{user-id}/joinedTeams/{team-id}', '/me/joinedTeams/{team-id}'];
const CHAT = ['/chats/{chat-id}', '/users/{user-id}/chats/{chat-id}', '/me/chats/{chat-id}'];

const OPERATIONS = '/operations';
const OPERATION = '/operations/{operation-id}';

/** Operations of chats are in beta only, those below joinedTeams in v1.0 only. Source: SDK URI templates of 2026-08. */
function versionsOf(path: string, rest: string): readonly Version[] {
  if (JOINED_TEAM.includes(path)) return ['v1.0'];
  return CHAT.includes(path) && rest.startsWith(OPERATIONS) ? ['beta'] : VERSIONS;
}

/** The paths, most read first. */
const ROUTES: readonly Route[] = [
  ...hostRoutes('chat', CHAT, OPERATIONS, 'GET', listOperations),
  ...hostRoutes('team', [...TEAM, ...JOINED_TEAM], OPERATIONS, 'GET', listOperations),
  ...hostRoutes('team', [...TEAM, ...JOINED_TEAM], OPERATION, 'GET', readOperation),
  ...hostRoutes('chat', CHAT, OPERATION, 'GET', readOperation),

  ...hostRoutes('team', TEAM, '', 'GET', readHost),
  ...hostRoutes('chat', CHAT, '', 'GET', readHost),
  route('GET', '/me', readMe),
  route('GET', '/me/joinedTeams', (call) => listHosts(call, 'team')),
  route('GET', '/me/chats', (call) => listHosts(call, 'chat')),
  route('GET', '/chats', (call) => listHosts(call, 'chat')),

  route('POST', '/teams', createTeam),
  route('POST', '/chats', createChat),
  ...hostRoutes('team', TEAM, '/clone', 'POST', cloneTeam),
  ...hostRoutes('team', TEAM, '/archive', 'POST', (call, team) => archiveTeam(call, team, 'archiveTeam')),
  ...hostRoutes('team', TEAM, '/unarchive', 'POST', (call, team) => archiveTeam(call, team, 'unarchiveTeam')),
  ...hostRoutes('team', TEAM, '/channels', 'POST', createChannel),
  ...hostRoutes('team', TEAM, '/channels/{channel-id}/archive', 'POST', (call, team) =>
    archiveChannel(call, team, 'archiveChannel'),
  ),
  ...hostRoutes('team', TEAM, '/channels/{channel-id}/unarchive', 'POST', (call, team) =>
    archiveChannel(call, team, 'unarchiveChannel'),
  ),
];

export interface Found {
  readonly route: Route;
  /** What stands in the path for each name in braces. */
  readonly keys: ReadonlyMap<string, string>;
}

/** @throws {Refusal} 400 when Graph has no such path in this version, 405 when it has, for another method */
export function findRoute(method: string, { version, segments }: ODataPath): Found {
  let isPath = false;
  for (const route of ROUTES) {
    if (!route.versions.includes(version)) continue;
    const keys = matchPattern(route.pattern, segments);
    if (keys === null) continue;
    if (route.method === method) return { route, keys };
    isPath = true;
  }
  if (isPath) throw new Refusal(405, 'MethodNotAllowed', `The method ${method} is not supported by this resource.`);
  throw badRequest(`Resource not found for the segment '${unknownSegment(version, segments)}'.`);
}

function matchPattern(pattern: readonly string[], segments: readonly string[]): Map<string, string> | null {
  if (pattern.length !== segments.length) return null;
  const keys = new Map<string, string>();
  for (const [at, word] of pattern.entries()) {
    const segment = segments[at] ?? '';
    if (word.startsWith('{')) {
      if (segment === '') return null;
      keys.set(word.slice(1, -1), segment);
    } else if (word.toLowerCase() !== segment.toLowerCase()) return null;
  }
  return keys;
}

/** The first segment that no path goes on with. */
function unknownSegment(version: Version, segments: readonly string[]): string {
  const known = ROUTES.filter(({ versions }) => versions.includes(version));
  const length = segments.findIndex(
    (_, at) => !known.some(({ pattern }) => matchPattern(pattern.slice(0, at + 1), segments.slice(0, at + 1)) !== null),
  );
  return segments.at(length) ?? '';
}
