import { type Log } from '../lib/log.js';
import { GraphError, type GraphAnswer } from '../operation/failure.js';
import { listPath } from '../operation/ref.js';
import { type Read, type ReadOutcome } from './ports.js';
import { type CheckOutcome } from './tally.js';

export function nameOf(outcome: ReadOutcome): CheckOutcome {
  if (outcome instanceof GraphError) return outcome.reason.kind;
  return 'operations' in outcome ? 'listed' : 'read';
}

/** Graph's ids of the request go with it: its support asks for them, of a slow answer as of a wrong one. */
export function logCheck(log: Log, read: Read | undefined, outcome: ReadOutcome, about: GraphAnswer, ms: number): void {
  const check = read === undefined ? '' : read.type === 'item' ? read.ref.location : listPath(read.host);
  if (outcome instanceof GraphError) {
    const { status, requestId, clientRequestId } = { ...about, ...outcome.answer };
    log.warn({ check, outcome: outcome.reason.kind, ms, status, requestId, clientRequestId }, 'check');
    return;
  }
  const { requestId, clientRequestId } = about;
  if ('operations' in outcome) {
    const operations = outcome.operations.length;
    log.info({ check, outcome: 'listed', operations, ms, requestId, clientRequestId }, 'check');
  } else {
    log.info({ check, outcome: outcome.state, ms, requestId, clientRequestId }, 'check');
  }
}
