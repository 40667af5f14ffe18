import { Kind, parse, print, type VariableDefinitionNode } from 'graphql';

/** An operation to ask for, and where it lives. */
export interface Choice {
  /** The gateway's global id. */
  readonly id: string;
  readonly operationId: string;
  readonly location: string;
  readonly host: { readonly kind: 'team' | 'chat'; readonly id: string };
}

/** The text of a tab's variables, and which of them now name the operation; or why there is nothing to fill in. */
export type Filling = { readonly variables: string; readonly filled: readonly string[] } | { readonly problem: string };

/**
 * Writes an operation into the variables that the document of a tab declares for one: by their types, or by their names
 * where they are ids and paths. What else the variables hold stays.
 */
export function fillVariables(document: string, variables: string, choice: Choice): Filling {
  const declared = declarationsIn(document);
  if (declared === null) return { problem: 'This document has a mistake; correct it first.' };
  const given = objectIn(variables);
  if (given === null) return { problem: 'The variables of this tab are no JSON object; correct or clear them first.' };

  const { kind } = choice.host;
  const foreign = declared.find(({ name }) => name === OTHER_HOST[kind]);
  if (foreign !== undefined) {
    return { problem: `This document asks for $${foreign.name}, and the operation lives in a ${kind}.` };
  }
  const values = declared.flatMap(({ name, type }) => {
    const value = valueFor(name, type, choice);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (values.length === 0) {
    return {
      problem: 'This document takes no operation: declare $ref: OperationRef! or $refs: [OperationRef!]! in it.',
    };
  }
  return {
    variables: JSON.stringify({ ...given, ...Object.fromEntries(values) }, null, 2),
    filled: values.map(([name]) => name),
  };
}

const OTHER_HOST = { team: 'chatId', chat: 'teamId' } as const;

interface Declaration {
  readonly name: string;
  /** Without exclamation marks. */
  readonly type: string;
}

/** Those of all operations of the document; null when it is none. */
function declarationsIn(document: string): readonly Declaration[] | null {
  try {
    return parse(document).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? (definition.variableDefinitions ?? []).map(declarationOf) : [],
    );
  } catch {
    return null;
  }
}

function declarationOf({ variable, type }: VariableDefinitionNode): Declaration {
  return { name: variable.name.value, type: print(type).replaceAll('!', '') };
}

function objectIn(json: string): Record<string, unknown> | null {
  if (json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function valueFor(name: string, type: string, { id, operationId, location, host }: Choice): unknown {
  const inHost = { hostId: host.id, operationId };
  const byType: Readonly<Record<string, unknown>> = {
    OperationRef: { [host.kind]: inHost },
    '[OperationRef]': [{ [host.kind]: inHost }],
    OperationInHost: inHost,
    OperationHost: { [`${host.kind}Id`]: host.id },
  };
  if (type in byType) return byType[type];
  const byName: Readonly<Record<string, unknown>> = {
    id,
    operationId,
    location,
    hostId: host.id,
    [`${host.kind}Id`]: host.id,
  };
  if (type === 'ID' || type === 'String') return byName[name];
  return type === '[ID]' && name === 'ids' ? [id] : undefined;
}
