import { type Random } from '../lib/random.js';
import { badRequest, Refusal } from './envelope.js';
import { isJsonObject, type Answer, type GraphRequest, type JsonObject } from './message.js';
import { type Version } from './odata.js';

const MAX_PARTS = 20;

interface Part {
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly request: GraphRequest;
}

/** What a batch needs of the Graph that serves its parts; neither throws. */
export interface PartServer {
  serve(part: GraphRequest): Answer;
  refuse(part: GraphRequest, refusal: Refusal): Answer;
}

/**
 * `POST /{version}/$batch`. Each part is served like a request of its own; the batch is a 200 whatever becomes of them,
 * and its answers come in any order. Source: JSON batching page of 2025-02.
 *
 * @throws {Refusal} 400 when it is malformed
 */
export function serveBatch(batch: GraphRequest, version: Version, server: PartServer, random: Random): Answer {
  const answers = new Map<string, Answer>();
  for (const { id, dependsOn, request } of inOrder(readParts(batch, version))) {
    const failed = dependsOn.find((other) => (answers.get(other)?.status ?? 0) >= 400);
    const refusal = new Refusal(
      424,
      'FailedDependency',
      `The request '${failed ?? ''}' that it depends on has failed.`,
    );
    answers.set(id, failed === undefined ? server.serve(request) : server.refuse(request, refusal));
  }
  const responses = shuffle([...answers], random).map(([id, answer]) => writePart(id, answer));
  // All parts travel in one body: what happens to one of them on the way happens to all.
  const wire = [...answers.values()].find((answer) => answer.wire !== undefined)?.wire;
  return { status: 200, headers: {}, body: { responses }, ...(wire === undefined ? {} : { wire }) };
}

/** @throws {Refusal} 400 */
function readParts(batch: GraphRequest, version: Version): Part[] {
  const requests = isJsonObject(batch.body) ? batch.body['requests'] : undefined;
  if (!Array.isArray(requests) || requests.length === 0) throw badRequest('Invalid batch payload format.');
  if (requests.length > MAX_PARTS) {
    throw badRequest(`Number of batch request steps exceeds the maximum value of ${MAX_PARTS}.`);
  }
  const parts = requests.map((request: unknown) => readPart(request, batch, version));
  const ids = new Map(parts.map(({ id }) => [id.toLowerCase(), id]));
  if (ids.size < parts.length) throw badRequest('Request ids have to be unique in a batch.');
  return parts.map((part) => ({ ...part, dependsOn: part.dependsOn.map((other) => knownId(ids, other)) }));
}

function readPart(request: unknown, batch: GraphRequest, version: Version): Part {
  if (!isJsonObject(request)) throw badRequest('Invalid batch payload format.');
  const { id, method, url, headers = {}, body, dependsOn = [] } = request;
  if (typeof id !== 'string' || id === '') throw badRequest('Each request of a batch needs an id.');
  if (typeof method !== 'string' || typeof url !== 'string')
    throw badRequest(`Request '${id}' needs a method and a url.`);
  if (!isJsonObject(headers)) throw badRequest(`The headers of request '${id}' are no object.`);
  if (!Array.isArray(dependsOn)) throw badRequest(`The dependsOn of request '${id}' is no collection.`);
  const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
  if (body !== undefined && own['content-type'] === undefined) {
    throw badRequest(`Request '${id}' has a body, and no Content-Type.`);
  }
  const { authorization } = batch.headers;
  return {
    id,
    dependsOn: dependsOn.map(String),
    request: {
      ...batch,
      method: method.toUpperCase(),
      url: `/${version}/${url.replace(/^\//, '')}`,
      headers: authorization === undefined ? own : { ...own, authorization },
      body,
      part: true,
    },
  };
}

function knownId(ids: ReadonlyMap<string, string>, id: string): string {
  const known = ids.get(id.toLowerCase());
  if (known === undefined) throw badRequest(`A request depends on '${id}', which is not in the batch.`);
  return known;
}

/** Each after those it depends on. @throws {Refusal} 400 when they depend on one another in a circle */
function inOrder(parts: readonly Part[]): Part[] {
  const ordered: Part[] = [];
  const done = new Set<string>();
  while (ordered.length < parts.length) {
    const next = parts.find(({ id, dependsOn }) => !done.has(id) && dependsOn.every((other) => done.has(other)));
    if (next === undefined) throw badRequest('The requests of the batch depend on one another in a circle.');
    done.add(next.id);
    ordered.push(next);
  }
  return ordered;
}

function writePart(id: string, { status, headers, body }: Answer): JsonObject {
  if (body === undefined) return { id, status, headers };
  // What is not JSON travels as base64.
  return { id, status, headers, body: typeof body === 'string' ? Buffer.from(body).toString('base64') : body };
}

function shuffle<T>(items: readonly T[], random: Random): T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
