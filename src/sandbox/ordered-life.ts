import { type Call } from './call.js';
import { ControlError, readLife } from './control-input.js';
import { badRequest } from './envelope.js';
import { isJsonObject } from './message.js';
import { type Life } from './lives.js';

/** A header that Graph does not know: the life of the operation that the request starts, as JSON. */
export const LIFE_HEADER = 'Sandbox-Life';

/** @returns what is to be handed on to the operation; nothing when no life was ordered @throws {Refusal} 400 when it is none */
export function orderedLife({ request }: Call): { readonly life?: Life } {
  const text = request.headers[LIFE_HEADER.toLowerCase()];
  if (text === undefined) return {};
  const life = parseJson(text);
  if (!isJsonObject(life)) throw badRequest(`${LIFE_HEADER} must be a JSON object, such as {"succeedsAfterMs":20000}.`);
  try {
    return { life: readLife(life) };
  } catch (error) {
    if (error instanceof ControlError) throw badRequest(`${LIFE_HEADER}: ${error.message}`);
    throw error;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // said by the caller, with what would be right
  }
}
