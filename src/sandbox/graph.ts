import { serveBatch } from './batch.js';
import { type Call, type World } from './call.js';
import { drawIds, refuse, Refusal, withCommonHeaders } from './envelope.js';
import { befall, type Faults } from './faults.js';
import { type Ledger } from './ledger.js';
import { type Answer, type GraphRequest } from './message.js';
import { parsePath, type ODataPath } from './odata.js';
import { findRoute, type Found } from './routes.js';
import { type Host, type HostKind } from './tenant.js';

/** Microsoft Graph without its HTTP: a request in, an answer out, at a moment that is given. It never throws. */
export interface Graph {
  /** @param now epoch ms */
  answer(request: GraphRequest, now: number): Answer;
}

export function createGraph(world: World, faults: Faults, ledger: Ledger): Graph {
  /** The answer in Graph's form, whether `work` gives one or refuses. */
  const inForm = (request: GraphRequest, now: number, work: () => Answer): Answer => {
    const ids = drawIds(request, world.random);
    const outcome = attempt(work);
    return withCommonHeaders(outcome instanceof Refusal ? refuse(outcome, ids, now) : outcome, ids, now);
  };

  const underFaults = (request: GraphRequest, serve: () => Answer): Answer => {
    const fault = faults.take(request);
    return fault === null ? serve() : befall(fault, request, serve);
  };

  const answerOne = (request: GraphRequest, now: number): Answer => {
    // Who and what are found out first, so that the record tells them also of a request that a fault befalls.
    const user = attempt(() => world.people.authenticate(request.headers['authorization']));
    const target = attempt(() => findTarget(request, world));
    const answer = inForm(request, now, () =>
      underFaults(request, () => {
        if (user instanceof Refusal) throw user;
        if (target instanceof Refusal) throw target;
        if (!request.isUncounted) world.limiter.count(target.host ?? null, now);
        const { path, found } = target;
        const call: Call = { request, path, user, world, now, key: (name) => found.keys.get(name) ?? '' };
        return found.route.serve(call);
      }),
    );
    const keys = target instanceof Refusal ? null : target.found.keys;
    ledger.add({
      ...recordOf(request, answer, now),
      userId: user instanceof Refusal ? null : user.id,
      hostId: keys?.get('team-id') ?? keys?.get('chat-id') ?? null,
      operationId: keys?.get('operation-id') ?? null,
    });
    return answer;
  };

  const answerBatch = (batch: GraphRequest, now: number): Answer => {
    let parts = 0;
    let userId: string | null = null;
    const server = {
      serve(part: GraphRequest) {
        parts += 1;
        return answerOne(part, now);
      },
      refuse: (part: GraphRequest, refusal: Refusal) =>
        inForm(part, now, () => {
          throw refusal;
        }),
    };
    const answer = inForm(batch, now, () =>
      underFaults(batch, () => {
        userId = world.people.authenticate(batch.headers['authorization']).id;
        return serveBatch(batch, parsePath(batch.url).version, server, world.random);
      }),
    );
    if (parts === 0) ledger.add({ ...recordOf(batch, answer, now), userId, hostId: null, operationId: null });
    return answer;
  };

  return {
    answer: (request, now) => (isBatch(request) ? answerBatch(request, now) : answerOne(request, now)),
  };
}

function isBatch({ method, url }: GraphRequest): boolean {
  return method === 'POST' && /^\/(v1\.0|beta)\/\$batch$/i.test(url);
}

interface Target {
  readonly path: ODataPath;
  readonly found: Found;
  /** The team or chat whose limits it counts against. */
  readonly host: Host | undefined;
}

function findTarget(request: GraphRequest, { tenant }: World): Target {
  const path = parsePath(request.url);
  const found = findRoute(request.method, path);
  const kind: HostKind | null = found.route.host;
  return { path, found, host: kind === null ? undefined : tenant.host(kind, found.keys.get(`${kind}-id`) ?? '') };
}

/** A refusal as a value. Anything else that is thrown is a fault of the sandbox and goes on up. */
function attempt<T>(work: () => T): T | Refusal {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function recordOf(request: GraphRequest, answer: Answer, at: number) {
  const { method, url, part, number } = request;
  const unanswered = answer.wire === 'hang' || answer.wire === 'reset';
  return { at, method, path: url, status: unanswered ? null : answer.status, part, request: number };
}
