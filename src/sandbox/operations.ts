import { dotNetDate } from './dates.js';
import { hideUnknownMembers, INCLUDE_UNKNOWN, wantsUnknownMembers } from './enums.js';
import { Refusal } from './envelope.js';
import { parseFilter } from './filter.js';
import { standingAt } from './lives.js';
import { type Answer, type GraphRequest, type JsonObject } from './message.js';
import { parseQuery, selectMembers, type ODataPath, type QueryOption } from './odata.js';
import { nextLink, pageOf } from './paging.js';
import { type Call } from './call.js';
import { stepsText } from './steps.js';
import { type Host, type HostKind, type Operation } from './tenant.js';

/** What the pages document for chats. For teams nothing is documented; what paging needs is taken there. */
const LIST_OPTIONS: Readonly<Record<HostKind, readonly QueryOption[]>> = {
  team: ['$select', '$top', '$skip', '$skiptoken'],
  chat: ['$filter', '$select', '$top', '$skip', '$skiptoken'],
};

/** `GET …/operations/{id}` */
export function readOperation({ request, path, world, now, key }: Call, host: Host): Answer {
  const { select } = parseQuery(request.url, ['$select']);
  const unknownToo = wantsUnknownMembers(request.headers['prefer']);
  const id = key('operation-id').toLowerCase();
  const operation = host.operations.find((known) => known.id.toLowerCase() === id && known.visibleAt <= now);
  if (operation === undefined) throw new Refusal(404, 'NotFound', `The operation '${id}' was not found.`);
  const body = writeOperation(operation, now - (host.kind === 'chat' ? world.chatItemLagMs : 0), unknownToo);
  const context = contextOf(request, path, host, 'operations/$entity', select);
  return {
    status: 200,
    headers: preferenceApplied(unknownToo),
    body: { '@odata.context': context, ...selectMembers(body, select) },
  };
}

/** `GET …/operations`, newest first. A page is cut before it is filtered, so it may be empty and still have a next link. */
export function listOperations({ request, path, world, now }: Call, host: Host): Answer {
  const query = parseQuery(request.url, LIST_OPTIONS[host.kind]);
  const unknownToo = wantsUnknownMembers(request.headers['prefer']);
  const keep = query.filter === null ? null : parseFilter(query.filter, unknownToo);
  const visible = host.operations.filter(({ visibleAt }) => visibleAt <= now).reverse();
  const page = pageOf(visible, query, world.pageSize);
  const write = (operation: Operation): JsonObject => writeOperation(operation, now, unknownToo);
  const count = keep === null ? visible.length : visible.map(write).filter(keep).length;
  const body = {
    '@odata.context': contextOf(request, path, host, 'operations', query.select),
    // Unasked, as the documentation of chats shows it.
    ...(host.kind === 'chat' ? { '@odata.count': count } : {}),
    ...(page.next === null ? {} : { '@odata.nextLink': nextLink(`${request.origin}${path.text}`, query, page.next) }),
    value: page.items
      .map(write)
      .filter(keep ?? (() => true))
      .map((operation) => selectMembers(operation, query.select)),
  };
  return { status: 200, headers: preferenceApplied(unknownToo), body };
}

/** `@odata.context`: the host's key in it is encoded, and the names that were selected are listed. */
function contextOf(
  { origin }: GraphRequest,
  { version }: ODataPath,
  { kind, id }: Host,
  set: 'operations' | 'operations/$entity',
  select: readonly string[] | null,
): string {
  const selected = select === null ? set : set.replace('operations', `operations(${select.join(',')})`);
  return `${origin}/${version}/$metadata#${kind}s('${encodeURIComponent(id)}')/${selected}`;
}

function preferenceApplied(unknownToo: boolean): Record<string, string> {
  return unknownToo ? { 'Preference-Applied': INCLUDE_UNKNOWN } : {};
}

/** A teamsAsyncOperation as Graph writes it, its members in Graph's order. */
function writeOperation(operation: Operation, now: number, unknownToo: boolean): JsonObject {
  const { createdAt, ticks, moments, host, steps } = operation;
  const standing = standingAt(moments, now - createdAt);
  const lastActionAt = createdAt + standing.moment.afterMs;
  const body = {
    id: operation.id,
    operationType: operation.operationType,
    createdDateTime: dotNetDate(createdAt, ticks),
    status: standing.moment.status,
    lastActionDateTime: dotNetDate(lastActionAt, ticks),
    attemptsCount: standing.moment.attemptsCount,
    targetResourceId: operation.targetResourceId,
    targetResourceLocation: operation.targetResourceLocation,
    ...(steps === null ? {} : writeSteps(host.kind, stepsText(steps, standing, lastActionAt, ticks), steps.apps)),
    error: standing.moment.error ?? null,
  };
  return unknownToo ? body : hideUnknownMembers(body);
}

/** The undeclared member has another name and another form in each kind of host. Source: recorded answers. */
function writeSteps(kind: HostKind, text: string, apps: readonly string[]): JsonObject {
  return kind === 'team' ? { Value: text } : { values: JSON.stringify({ appIds: apps }) };
}
