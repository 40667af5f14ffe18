import { Refusal } from './envelope.js';
import { type Answer, type JsonObject } from './message.js';
import { parseQuery } from './odata.js';
import { nextLink, pageOf } from './paging.js';
import { type User } from './people.js';
import { type Call } from './call.js';
import { isArchived, type Host, type HostKind } from './tenant.js';

/** The team or chat that the path names. @throws {Refusal} 404 when there is none, 403 when it is not for this user */
export function findHost({ world, user, key }: Call, kind: HostKind): Host {
  const owner = key('user-id').toLowerCase();
  if (owner !== '' && owner !== user.id.toLowerCase() && owner !== user.userPrincipalName.toLowerCase()) {
    throw forbidden('Access to the resources of another user is not allowed.');
  }
  const id = key(`${kind}-id`);
  const host = world.tenant.host(kind, id);
  if (host === undefined) {
    throw new Refusal(
      404,
      'NotFound',
      kind === 'team' ? `No team found with Group Id ${id}` : `Chat ${id} was not found.`,
    );
  }
  if (!host.members.has(user.id)) throw forbidden(`The user is not a member of this ${kind}.`);
  return host;
}

function forbidden(message: string): Refusal {
  return new Refusal(403, 'Forbidden', message);
}

/** `GET /me` */
export function readMe({ user, request, path }: Call): Answer {
  const context = `${request.origin}/${path.version}/$metadata#users/$entity`;
  return { status: 200, headers: {}, body: { '@odata.context': context, ...writeUser(user) } };
}

/** `GET /teams/{id}`, `GET /chats/{id}` */
export function readHost({ request, path, now }: Call, host: Host): Answer {
  const context = `${request.origin}/${path.version}/$metadata#${host.kind}s/$entity`;
  return { status: 200, headers: {}, body: { '@odata.context': context, ...writeHost(host, now) } };
}

/** `GET /me/joinedTeams`, `GET /chats` and `GET /me/chats`: those the user is a member of. */
export function listHosts({ request, path, world, user, now }: Call, kind: HostKind): Answer {
  const query = parseQuery(request.url, ['$top', '$skip', '$skiptoken']);
  const page = pageOf(world.tenant.hostsOf(user.id, kind).reverse(), query, world.pageSize);
  const body = {
    '@odata.context': `${request.origin}/${path.version}/$metadata#${kind}s`,
    ...(page.next === null ? {} : { '@odata.nextLink': nextLink(`${request.origin}${path.text}`, query, page.next) }),
    value: page.items.map((host) => writeHost(host, now)),
  };
  return { status: 200, headers: {}, body };
}

export function writeHost(host: Host, now: number): JsonObject {
  const { id, displayName, createdAt } = host;
  const createdDateTime = new Date(createdAt).toISOString();
  if (host.kind === 'team') return { id, createdDateTime, displayName, isArchived: isArchived(host, now) };
  return { id, topic: displayName, createdDateTime, chatType: host.members.size > 2 ? 'group' : 'oneOnOne' };
}

function writeUser({ id, displayName, userPrincipalName }: User): JsonObject {
  return { id, displayName, userPrincipalName };
}
