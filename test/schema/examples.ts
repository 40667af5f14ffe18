import { readdirSync, readFileSync } from 'node:fs';
import { getOperationAST, parse, type OperationTypeNode } from 'graphql';

/** A document of schema/examples with its variables. */
export interface Example {
  readonly name: string;
  readonly type: OperationTypeNode;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

const FOLDER = new URL('../../schema/examples/', import.meta.url);

export function readExamples(): Example[] {
  const files = readdirSync(FOLDER).sort();
  return files
    .filter((file) => file.endsWith('.graphql'))
    .map((file) => {
      const name = file.replace('.graphql', '');
      const query = readFileSync(new URL(file, FOLDER), 'utf8');
      const operation = getOperationAST(parse(query));
      if (operation == null) throw new Error(`${file} has not exactly one operation.`);
      const beside = `${name}.variables.json`;
      const variables = files.includes(beside) ? readFileSync(new URL(beside, FOLDER), 'utf8') : '{}';
      return { name, type: operation.operation, query, variables: JSON.parse(variables) as Example['variables'] };
    });
}
