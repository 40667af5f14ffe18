import { begin, quote, type Beginning, type Begun } from './beginning.js';
import { type Call } from './call.js';
import { badRequest, Refusal } from './envelope.js';
import { chatThreadId, guid } from './ids.js';
import { hasEnded } from './lives.js';
import { isJsonObject, type Answer, type JsonObject } from './message.js';
import { orderedLife } from './ordered-life.js';
import { writeHost } from './places.js';
import { isArchived, type Host } from './tenant.js';

/** As Graph has it for a team's displayName and a chat's topic. */
const MAX_NAME_LENGTH = 256;
/** Of a GUID, or of the name that a user signs in with. */
const MAX_ID_LENGTH = 128;
/** As Teams has it for a chat. */
const MAX_MEMBERS = 250;
/** In one team; those that end make room for others. */
const MAX_RUNNING = 200;

/** `POST /teams`: a new team, or one for a group that is there already, whose id it then has. */
export function createTeam(call: Call): Answer {
  const { world, user, now } = call;
  const body = readBody(call);
  const groupId = boundId(body['group@odata.bind']);
  if (groupId !== undefined && world.tenant.anyHost(groupId) !== undefined) {
    throw new Refusal(409, 'Conflict', 'The group is already provisioned.');
  }
  const team = world.tenant.makeHost({
    kind: 'team',
    id: groupId ?? guid(world.random),
    displayName: name(body, 'displayName') ?? 'New team',
    createdAt: now,
    members: [user.id],
  });
  const begun = beginAsked(call, team, { operationType: groupId === undefined ? 'createTeam' : 'teamifyGroup' });
  return accepted(begun, { 'Content-Type': 'application/json', 'Content-Location': `/teams('${quote(team.id)}')` });
}

/** `POST /teams/{id}/clone`: the operation hangs on the team that is cloned and names the new one as its target. */
export function cloneTeam(call: Call, team: Host): Answer {
  const { world, now } = call;
  const body = readBody(call);
  const displayName = name(body, 'displayName') ?? `${team.displayName} (copy)`.slice(0, MAX_NAME_LENGTH);
  const id = guid(world.random);
  const target = { id, location: `/teams('${id}')` };
  const begun = beginAsked(call, team, { operationType: 'cloneTeam', target });
  world.tenant.makeHost({ kind: 'team', id, displayName, createdAt: now, members: team.members });
  return accepted(begun, { 'Content-Type': 'text/plain' });
}

/** `POST /teams/{id}/archive` and `/unarchive` */
export function archiveTeam(call: Call, team: Host, operationType: 'archiveTeam' | 'unarchiveTeam'): Answer {
  return accepted(beginAsked(call, team, { operationType }), { 'Content-Type': 'text/plain' });
}

/** `POST /teams/{id}/channels/{id}/archive` and `/unarchive`; in an archived team they are refused, as documented. */
export function archiveChannel(call: Call, team: Host, operationType: 'archiveChannel' | 'unarchiveChannel'): Answer {
  const { now } = call;
  const id = call.key('channel-id');
  if (isArchived(team, now)) {
    const message = `Team has to be active, for channel to be archived or unarchived: ${id}`;
    throw new Refusal(400, 'BadRequest', message, {}, { code: 'Unknown', message });
  }
  const target = { id, location: channelLocation(team, id) };
  return accepted(beginAsked(call, team, { operationType, target }), { 'Content-Type': 'text/plain' });
}

/** `POST /teams/{id}/channels`: a shared channel takes its time and is a 201 all the same; the others are made at once. */
export function createChannel(call: Call, team: Host): Answer {
  const { world, now, request, path } = call;
  const body = readBody(call);
  const membershipType = text(body['membershipType']) ?? 'standard';
  const id = `19:${guid(world.random).replaceAll('-', '')}@thread.tacv2`;
  if (membershipType === 'shared') {
    const target = { id, location: channelLocation(team, id) };
    const { location } = beginAsked(call, team, { operationType: 'createChannel', target });
    return { status: 201, headers: { 'Content-Type': 'application/json', 'Content-Location': location } };
  }
  const displayName = name(body, 'displayName') ?? 'New channel';
  const context = `${request.origin}/${path.version}/$metadata#teams('${team.id}')/channels/$entity`;
  const createdDateTime = new Date(now).toISOString();
  return {
    status: 201,
    headers: {},
    body: { '@odata.context': context, id, createdDateTime, displayName, membershipType },
  };
}

/** `POST /chats`: with one app, in beta, it takes its time; without any the chat is made at once. Several are refused. */
export function createChat(call: Call): Answer {
  const { world, user, now, request, path } = call;
  const body = readBody(call);
  const apps: unknown = body['installedApps'] ?? [];
  if (!Array.isArray(apps)) throw badRequest('installedApps must be a collection.');
  if (apps.length > 0 && path.version !== 'beta') throw badRequest('installedApps is not supported in this version.');
  if (apps.length > 1) throw badRequest('Only one app can be installed while a chat is created.');
  const chat = world.tenant.makeHost({
    kind: 'chat',
    id: chatThreadId(world.random),
    displayName: name(body, 'topic') ?? 'New chat',
    createdAt: now,
    members: [user.id, ...membersOf(body)],
  });
  if (apps.length === 1) {
    return accepted(beginAsked(call, chat, { operationType: 'createChat' }), { 'Content-Type': 'application/json' });
  }
  const context = `${request.origin}/${path.version}/$metadata#chats/$entity`;
  return { status: 201, headers: {}, body: { '@odata.context': context, ...writeHost(chat, now) } };
}

/** Begins what a request starts, with the life that it ordered, if it did. @throws {Refusal} 409 where very much runs */
function beginAsked(call: Call, host: Host, beginning: Beginning): Begun {
  const running = host.operations.filter(({ moments, createdAt }) => !hasEnded(moments, call.now - createdAt));
  if (running.length >= MAX_RUNNING) {
    const message = `In one team or chat of the sandbox ${MAX_RUNNING} operations run at a time; wait until one has ended.`;
    throw new Refusal(409, 'Conflict', message);
  }
  return begin(call.world, host, { ...beginning, ...orderedLife(call) }, call.now);
}

/** Without a body; where to look is in the headers alone. */
function accepted({ location }: Begun, headers: Readonly<Record<string, string>>): Answer {
  return { status: 202, headers: { Location: location, ...headers } };
}

/** @throws {Refusal} 400 when the body is no JSON object */
function readBody({ request }: Call): JsonObject {
  if (!isJsonObject(request.body)) throw badRequest('Unable to read JSON request payload.');
  return request.body;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** @throws {Refusal} 400 when it is too long */
function name(body: JsonObject, property: 'displayName' | 'topic'): string | undefined {
  const said = text(body[property]);
  if (said !== undefined && said.length > MAX_NAME_LENGTH) {
    throw badRequest(`${property} must have at most ${MAX_NAME_LENGTH} characters.`);
  }
  return said;
}

/** The ids of the users that a chat is made with. */
function membersOf(body: JsonObject): string[] {
  const members: unknown = body['members'] ?? [];
  if (!Array.isArray(members)) throw badRequest('members must be a collection.');
  if (members.length > MAX_MEMBERS) throw badRequest(`members must be at most ${MAX_MEMBERS}.`);
  return members.flatMap((member: unknown) => (isJsonObject(member) ? (boundId(member['user@odata.bind']) ?? []) : []));
}

/**
 * The id at the end of a bound resource: `https://graph.microsoft.com/v1.0/users('id')`, or `…/users/id`.
 *
 * @throws {Refusal} 400 when it is too long
 */
function boundId(bound: unknown): string | undefined {
  const id = /(?:\/|\(')([^/'()]+)(?:'\))?$/.exec(text(bound) ?? '')?.[1];
  if (id !== undefined && id.length > MAX_ID_LENGTH) {
    throw badRequest(`An id in a @odata.bind must have at most ${MAX_ID_LENGTH} characters.`);
  }
  return id;
}

function channelLocation(team: Host, channelId: string): string {
  return `/teams('${quote(team.id)}')/channels('${quote(channelId)}')`;
}
