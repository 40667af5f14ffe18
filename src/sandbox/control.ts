import { type BeginningSomewhere, type Begun } from './beginning.js';
import { ControlError, readBeginning, readPlanned } from './control-input.js';
import { DEMO } from './demo.js';
import { type Planned } from './faults.js';
import { type SeenRead } from './ledger.js';
import { type Answer, type GraphRequest, type JsonObject } from './message.js';
import { UnknownHost } from './tenant.js';

/** What can be told to a sandbox in another process, and asked of it. */
export interface Controlled {
  readonly url: string;
  readonly demoToken: string;
  begin(beginning: BeginningSomewhere): Begun;
  fail(planned: Planned): void;
  clearFaults(): void;
  pendingFaults(): readonly Planned[];
  reads(): readonly SeenRead[];
  counts(): object;
}

/**
 * The sandbox's own paths, below `/sandbox` where no path of Graph's can be; they need no token.
 *
 *     GET    /sandbox             the ids of the demo, and counts
 *     GET    /sandbox/reads       what Graph was asked for
 *     POST   /sandbox/operations  { hostId?, operationType?, life? } → where to read it
 *     POST   /sandbox/faults      { match?, fault, times? }
 *     DELETE /sandbox/faults
 *
 * @returns null when the path is none of these
 */
export function answerControl(
  { method, url, body }: Pick<GraphRequest, 'method' | 'url' | 'body'>,
  sandbox: Controlled,
): Answer | null {
  const [path = ''] = url.split('?', 1);
  if (path !== '/sandbox' && !path.startsWith('/sandbox/')) return null;
  try {
    switch (`${method} ${path}`) {
      case 'GET /sandbox':
        return ok(describe(sandbox));
      case 'GET /sandbox/reads':
        return ok({ reads: sandbox.reads() });
      case 'POST /sandbox/operations':
        return { ...ok(sandbox.begin(readBeginning(body))), status: 201 };
      case 'POST /sandbox/faults':
        sandbox.fail(readPlanned(body));
        return { status: 204, headers: {} };
      case 'DELETE /sandbox/faults':
        sandbox.clearFaults();
        return { status: 204, headers: {} };
      default:
        return { ...ok({ error: `There is no ${method} ${path}.` }), status: 404 };
    }
  } catch (error) {
    if (!(error instanceof ControlError || error instanceof UnknownHost)) throw error;
    return { ...ok({ error: error.message }), status: 400 };
  }
}

function describe(sandbox: Controlled): JsonObject {
  const { url, demoToken } = sandbox;
  return { url, token: demoToken, demo: DEMO, counts: sandbox.counts(), faults: sandbox.pendingFaults() };
}

function ok(body: unknown): Answer {
  return { status: 200, headers: { 'Content-Type': 'application/json' }, body };
}
