import { describe, expect, it } from '@jest/globals';
import { type Choice, fillVariables } from '../../src/graphiql/fill-variables.js';
import { readExamples } from '../schema/examples.js';

const IN_TEAM: Choice = { id: 'g1', operationId: 'o1', location: '/teams/t1/o1', host: { kind: 'team', id: 't1' } };
const IN_CHAT: Choice = { id: 'g2', operationId: 'o2', location: '/chats/c2/o2', host: { kind: 'chat', id: 'c2' } };

/** What the examples call the variables that name an operation or where it lives. */
const FILLED = /^(?:refs|teamId|location|id)$/;

const fill = (declared: string, choice: Choice, variables = ''): unknown => {
  const filling = fillVariables(`query Any(${declared}) { __typename }`, variables, choice);
  return 'problem' in filling ? filling.problem : JSON.parse(filling.variables);
};

describe('the variables of a tab', () => {
  it.each([
    { declared: '$ref: OperationRef!', filled: { ref: { team: { hostId: 't1', operationId: 'o1' } } } },
    { declared: '$which: OperationRef', filled: { which: { team: { hostId: 't1', operationId: 'o1' } } } },
    { declared: '$refs: [OperationRef!]!', filled: { refs: [{ team: { hostId: 't1', operationId: 'o1' } }] } },
    { declared: '$host: OperationHost!', filled: { host: { teamId: 't1' } } },
    { declared: '$teamId: ID!, $operationId: ID!', filled: { teamId: 't1', operationId: 'o1' } },
    { declared: '$team: OperationInHost!', filled: { team: { hostId: 't1', operationId: 'o1' } } },
    { declared: '$location: String!', filled: { location: '/teams/t1/o1' } },
    { declared: '$id: ID!, $ids: [ID!]!', filled: { id: 'g1', ids: ['g1'] } },
  ])('name the operation as the document declares them: $declared', ({ declared, filled }) => {
    expect(fill(declared, IN_TEAM)).toEqual(filled);
  });

  it('name an operation of a chat as one', () => {
    const refs = [{ chat: { hostId: 'c2', operationId: 'o2' } }];
    expect(fill('$refs: [OperationRef!]!, $chatId: ID', IN_CHAT)).toEqual({ refs, chatId: 'c2' });
    expect(fill('$host: OperationHost!', IN_CHAT)).toEqual({ host: { chatId: 'c2' } });
  });

  it('keep what is not for an operation', () => {
    const before = '{ "teamId": "old", "first": 5 }';
    expect(fill('$teamId: ID!, $first: Int', IN_TEAM, before)).toEqual({ teamId: 't1', first: 5 });
  });

  it.each([
    { declared: '$first: Int, $after: String', problem: /takes no operation: declare \$ref: OperationRef!/ },
    { declared: '$teamId: ID!', choice: IN_CHAT, problem: /asks for \$teamId, and the operation lives in a chat/ },
    { declared: '$chatId: ID!', problem: /asks for \$chatId, and the operation lives in a team/ },
    { declared: '$ref: ', problem: /has a mistake/ },
    { declared: '$ref: OperationRef!', variables: '{ "ref": ', problem: /no JSON object/ },
    { declared: '$ref: OperationRef!', variables: '[]', problem: /no JSON object/ },
  ])('stay as they are, and it is said why: $declared $variables', ({ declared, choice, variables, problem }) => {
    expect(fill(declared, choice ?? IN_TEAM, variables)).toMatch(problem);
  });

  it.each(readExamples())('of the example $name are made for it', ({ query, variables }) => {
    const filling = fillVariables(query, JSON.stringify(variables), IN_TEAM);
    expect('problem' in filling ? filling.problem : filling.filled).toContainEqual(expect.stringMatching(FILLED));
  });
});
