import { isJsonObject, malformed, type JsonObject } from '../operation/json.js';
import { type Operation } from '../operation/operation.js';
import { type OperationRef } from '../operation/ref.js';
import { unreadable } from './body.js';

/** One operation, which must be the one that was asked for. @throws {GraphError} `malformed` */
export function readItem(ref: OperationRef, body: unknown): Operation {
  if (!isJsonObject(body)) throw malformed('body', 'an object', body);
  const operation = ref.host.kind.decode(unwrap(body));
  if (operation.operationId !== ref.operationId) throw unreadable('id is not the id that was asked for', {});
  return operation;
}

/** Some of Graph's examples wrap a single entity: `{"value":{"id":…}}`. One that has an id is its own body. */
function unwrap(body: JsonObject): JsonObject {
  const inner = body['value'];
  return isJsonObject(inner) && !Object.hasOwn(body, 'id') ? inner : body;
}
