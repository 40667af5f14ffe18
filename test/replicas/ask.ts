import { type AnswerError } from '../support/gateway.js';
import { refOf, type TestOperation } from './operations.js';

const QUESTION = `query ($ref: OperationRef!) { operation(ref: $ref) { state freshness { ageSeconds } } }`;

/** What a query of one operation brings. */
export interface Answer {
  readonly operation: { readonly state: string; readonly freshness: { readonly ageSeconds: number } } | null;
  readonly codes: readonly string[];
}

export async function ask(url: string, token: string, operation: TestOperation): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, connection: 'close' },
    body: JSON.stringify({ query: QUESTION, variables: { ref: refOf(operation) } }),
  });
  const { data, errors = [] } = (await response.json()) as {
    data?: { operation: Answer['operation'] } | null;
    errors?: readonly AnswerError[];
  };
  return { operation: data?.operation ?? null, codes: errors.map(({ extensions }) => extensions.code) };
}
