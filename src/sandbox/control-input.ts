import { type BeginningSomewhere } from './beginning.js';
import { type Fault, type Match, type Planned } from './faults.js';
import { type Life, type Moment, type OperationError } from './lives.js';
import { isJsonObject, type JsonObject } from './message.js';

/** Somebody told the sandbox something it does not understand; the message says what. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}

/** `{ match?, fault, times? }` @throws {ControlError} */
export function readPlanned(body: unknown): Planned {
  const { match, fault, times } = readObject(body, 'The body');
  return {
    fault: readFault(readObject(fault, 'fault')),
    ...(match === undefined ? {} : { match: readMatch(readObject(match, 'match')) }),
    ...(times === undefined ? {} : { times: readNumber(times, 'times', 1) }),
  };
}

function readMatch({ method, path, part }: JsonObject): Match {
  if (part !== undefined && typeof part !== 'boolean') throw new ControlError('match.part must be true or false.');
  return {
    ...(method === undefined ? {} : { method: readText(method, 'match.method') }),
    ...(path === undefined ? {} : { path: readText(path, 'match.path') }),
    ...(part === undefined ? {} : { part }),
  };
}

function readFault(fault: JsonObject): Fault {
  const { kind, retryAfter, code } = fault;
  switch (kind) {
    case 'status':
      return {
        kind,
        status: readStatus(fault['status']),
        ...(retryAfter === undefined ? {} : { retryAfter: readText(retryAfter, 'fault.retryAfter') }),
        ...(code === undefined ? {} : { code: readText(code, 'fault.code') }),
      };
    case 'html':
      return { kind, status: readStatus(fault['status']) };
    case 'redirect':
      return { kind, location: readText(fault['location'], 'fault.location') };
    case 'body':
      return { kind, body: fault['body'] };
    case 'foreignNextLink':
      return { kind, origin: readText(fault['origin'], 'fault.origin') };
    case 'hang':
    case 'reset':
    case 'truncated':
    case 'emptyPage':
      return { kind };
    default:
      throw new ControlError(
        'fault.kind must be one of status, html, redirect, body, hang, reset, truncated, emptyPage, foreignNextLink.',
      );
  }
}

/** `{ hostId?, operationType?, life?, invisibleForMs? }` @throws {ControlError} */
export function readBeginning(body: unknown): BeginningSomewhere {
  const { hostId, operationType, life, invisibleForMs } = readObject(body, 'The body');
  return {
    ...(hostId === undefined ? {} : { hostId: readText(hostId, 'hostId') }),
    ...(operationType === undefined ? {} : { operationType: readText(operationType, 'operationType') }),
    ...(life === undefined ? {} : { life: readLife(readObject(life, 'life')) }),
    ...(invisibleForMs === undefined ? {} : { invisibleForMs: readNumber(invisibleForMs, 'invisibleForMs', 0) }),
  };
}

/** @throws {ControlError} */
export function readLife(life: JsonObject): Life {
  const { startsAfterMs, retriesAfterMs, succeedsAfterMs, failsAfterMs, stalls, error, moments } = life;
  if (moments !== undefined) return { moments: readList(moments, 'life.moments', readMoment) };
  const course = {
    ...(startsAfterMs === undefined ? {} : { startsAfterMs: readNumber(startsAfterMs, 'life.startsAfterMs', 0) }),
    ...(retriesAfterMs === undefined
      ? {}
      : { retriesAfterMs: readList(retriesAfterMs, 'life.retriesAfterMs', (at, what) => readNumber(at, what, 0)) }),
  };
  if (succeedsAfterMs !== undefined) {
    return { ...course, succeedsAfterMs: readNumber(succeedsAfterMs, 'life.succeedsAfterMs', 0) };
  }
  if (failsAfterMs !== undefined) {
    const told = error === undefined ? {} : { error: readError(error, 'life.error') };
    return { ...course, failsAfterMs: readNumber(failsAfterMs, 'life.failsAfterMs', 0), ...told };
  }
  if (stalls === true) return { ...course, stalls };
  throw new ControlError('life needs one of succeedsAfterMs, failsAfterMs, stalls: true, moments.');
}

function readMoment(value: unknown, what: string): Moment {
  const { afterMs, status, attemptsCount, error } = readObject(value, what);
  return {
    afterMs: readNumber(afterMs, `${what}.afterMs`, 0),
    status: readText(status, `${what}.status`),
    attemptsCount: attemptsCount === undefined ? 1 : readNumber(attemptsCount, `${what}.attemptsCount`, 0),
    ...(error === undefined ? {} : { error: readError(error, `${what}.error`) }),
  };
}

function readError(value: unknown, what: string): OperationError {
  const { code, message } = readObject(value, what);
  return { code: readShortText(code, `${what}.code`), message: readShortText(message, `${what}.message`) };
}

function readObject(value: unknown, what: string): JsonObject {
  if (!isJsonObject(value)) throw new ControlError(`${what} must be a JSON object.`);
  return value;
}

function readList<T>(value: unknown, what: string, read: (item: unknown, what: string) => T): T[] {
  if (!Array.isArray(value)) throw new ControlError(`${what} must be a list.`);
  return value.map((item: unknown, at) => read(item, `${what}[${at}]`));
}

function readText(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new ControlError(`${what} must be a string.`);
  return value;
}

/** It is kept for as long as the operation. */
const MOST_CHARACTERS = 1_000;

function readShortText(value: unknown, what: string): string {
  const text = readText(value, what);
  if (text.length > MOST_CHARACTERS) throw new ControlError(`${what} must have at most ${MOST_CHARACTERS} characters.`);
  return text;
}

function readNumber(value: unknown, what: string, least: number): number {
  if (typeof value !== 'number' || value < least) {
    throw new ControlError(`${what} must be a number of at least ${least}.`);
  }
  return value;
}

function readStatus(value: unknown): number {
  const status = readNumber(value, 'fault.status', 200);
  if (!Number.isInteger(status) || status > 599) throw new ControlError('fault.status must be an HTTP status.');
  return status;
}
