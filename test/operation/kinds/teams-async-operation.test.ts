import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { GraphError } from '../../../src/operation/failure.js';
import { teamsAsyncOperation, type TeamsAsyncOperation } from '../../../src/operation/kinds/teams-async-operation.js';
import { errorOf } from '../error-of.js';
import { runs } from '../../support/runs.js';

/** All nine properties of the schema, as Graph writes them. */
const BODY = {
  '@odata.context': "https://graph.microsoft.com/v1.0/$metadata#teams('T')/operations/$entity",
  id: '86cfb3a3-4860-4a28-ad9f-ebe01d7523c8',
  operationType: 'archiveTeam',
  createdDateTime: '2021-05-27T21:23:41.9085453Z',
  status: 'failed',
  lastActionDateTime: '2021-05-27T21:23:45.1899277Z',
  attemptsCount: 3,
  targetResourceId: 'fa4aa5a2-a75b-4769-86f4-9e2742a18fda',
  targetResourceLocation: "/groups('fa4aa5a2-a75b-4769-86f4-9e2742a18fda')/team",
  error: { code: 'TeamUnavailable', message: 'The team was not found.' },
};

const decode = (changes: object = {}): TeamsAsyncOperation => teamsAsyncOperation.decode({ ...BODY, ...changes });

/** What Graph sends when it leaves a member out. */
const without = (member: keyof typeof BODY): TeamsAsyncOperation =>
  teamsAsyncOperation.decode(Object.fromEntries(Object.entries(BODY).filter(([name]) => name !== member)));

describe('a Teams operation', () => {
  it('has every property of the schema', () => {
    expect(decode()).toEqual({
      kind: 'teamsAsyncOperation',
      operationId: '86cfb3a3-4860-4a28-ad9f-ebe01d7523c8',
      operationType: 'ARCHIVE_TEAM',
      rawOperationType: 'archiveTeam',
      createdDateTime: '2021-05-27T21:23:41.9085453Z',
      status: 'FAILED',
      rawStatus: 'failed',
      state: 'FAILED',
      lastActionDateTime: '2021-05-27T21:23:45.1899277Z',
      attemptsCount: 3,
      targetResourceId: 'fa4aa5a2-a75b-4769-86f4-9e2742a18fda',
      targetResourceLocation: "/groups('fa4aa5a2-a75b-4769-86f4-9e2742a18fda')/team",
      error: { code: 'TeamUnavailable', message: 'The team was not found.' },
      steps: [],
    });
  });

  it('is of an open type: members that its schema does not have change nothing', () => {
    expect(
      decode({ percentComplete: 40, nested: { status: 'succeeded' }, '@odata.type': '#x', kind: 'other' }),
    ).toEqual(decode());
  });

  it.each([
    { word: 'invalid', status: 'INVALID', state: 'UNKNOWN' },
    { word: 'notStarted', status: 'NOT_STARTED', state: 'NOT_STARTED' },
    { word: 'inProgress', status: 'IN_PROGRESS', state: 'RUNNING' },
    { word: 'succeeded', status: 'SUCCEEDED', state: 'SUCCEEDED' },
    { word: 'failed', status: 'FAILED', state: 'FAILED' },
    { word: 'unknownFutureValue', status: 'UNKNOWN_FUTURE_VALUE', state: 'UNKNOWN' },
    { word: 'Succeeded', status: 'SUCCEEDED', state: 'SUCCEEDED' },
    { word: 'INPROGRESS', status: 'IN_PROGRESS', state: 'RUNNING' },
    { word: 'running', status: 'UNKNOWN_FUTURE_VALUE', state: 'UNKNOWN' },
    { word: 'partiallySucceeded', status: 'UNKNOWN_FUTURE_VALUE', state: 'UNKNOWN' },
    { word: ' succeeded', status: 'UNKNOWN_FUTURE_VALUE', state: 'UNKNOWN' },
    { word: '__proto__', status: 'UNKNOWN_FUTURE_VALUE', state: 'UNKNOWN' },
    { word: 'constructor', status: 'UNKNOWN_FUTURE_VALUE', state: 'UNKNOWN' },
    { word: 'toString', status: 'UNKNOWN_FUTURE_VALUE', state: 'UNKNOWN' },
  ])('whose status is $word is $state', ({ word, status, state }) => {
    expect(decode({ status: word })).toMatchObject({ status, state, rawStatus: word });
  });

  it.each([
    { word: 'invalid', operationType: 'INVALID' },
    { word: 'cloneTeam', operationType: 'CLONE_TEAM' },
    { word: 'archiveTeam', operationType: 'ARCHIVE_TEAM' },
    { word: 'unarchiveTeam', operationType: 'UNARCHIVE_TEAM' },
    { word: 'createTeam', operationType: 'CREATE_TEAM' },
    { word: 'unknownFutureValue', operationType: 'UNKNOWN_FUTURE_VALUE' },
    { word: 'teamifyGroup', operationType: 'TEAMIFY_GROUP' },
    { word: 'createChannel', operationType: 'CREATE_CHANNEL' },
    { word: 'createChat', operationType: 'CREATE_CHAT' },
    { word: 'archiveChannel', operationType: 'ARCHIVE_CHANNEL' },
    { word: 'unarchiveChannel', operationType: 'UNARCHIVE_CHANNEL' },
    { word: 'ArchiveTeam', operationType: 'ARCHIVE_TEAM' },
    { word: 'mergeTeams', operationType: 'UNKNOWN_FUTURE_VALUE' },
    { word: '__proto__', operationType: 'UNKNOWN_FUTURE_VALUE' },
    { word: 'constructor', operationType: 'UNKNOWN_FUTURE_VALUE' },
  ])('whose type is $word is $operationType', ({ word, operationType }) => {
    expect(decode({ operationType: word })).toMatchObject({ operationType, rawOperationType: word });
  });

  it.each([
    { member: 'operationType', reads: { operationType: 'UNKNOWN_FUTURE_VALUE', rawOperationType: '' } },
    { member: 'createdDateTime', reads: { createdDateTime: null } },
    { member: 'lastActionDateTime', reads: { lastActionDateTime: null } },
    { member: 'attemptsCount', reads: { attemptsCount: 0 } },
    { member: 'targetResourceId', reads: { targetResourceId: null } },
    { member: 'targetResourceLocation', reads: { targetResourceLocation: null } },
    { member: 'error', reads: { error: null } },
  ] as const)('is read where $member is null or missing', ({ member, reads }) => {
    expect(decode({ [member]: null })).toEqual({ ...decode(), ...reads });
    expect(without(member)).toEqual({ ...decode(), ...reads });
  });

  it.each([
    { text: '2021-05-27T21:23:41.9085453Z', reads: '2021-05-27T21:23:41.9085453Z', because: 'all digits are kept' },
    { text: '2021-05-27T21:23:41Z', reads: '2021-05-27T21:23:41Z', because: 'there may be no fraction' },
    { text: '2021-05-27T21:23:41.1-08:00', reads: '2021-05-27T21:23:41.1-08:00', because: 'there may be an offset' },
    { text: '2021-05-27T21:23:41', reads: '2021-05-27T21:23:41', because: 'there may be none' },
    { text: '0001-01-01T00:00:00Z', reads: null, because: 'year 1 stands for none' },
    { text: '0001-01-01T00:00:00.0000000Z', reads: null, because: 'year 1 with digits likewise' },
    { text: '', reads: null, because: 'the empty text stands for none' },
  ])('tells the date $text as $reads: $because', ({ text, reads }) => {
    const operation = decode({ createdDateTime: text, lastActionDateTime: text });

    expect(operation.createdDateTime).toBe(reads);
    expect(operation.lastActionDateTime).toBe(reads);
  });

  it.each([
    { error: {}, reads: { code: null, message: null } },
    { error: { code: 'Conflict' }, reads: { code: 'Conflict', message: null } },
    { error: { code: null, message: 'No.', innerError: {} }, reads: { code: null, message: 'No.' } },
    { error: { code: '', message: '' }, reads: { code: '', message: '' } },
  ])('that failed tells why, as far as Graph does: $error', ({ error, reads }) => {
    expect(decode({ error }).error).toEqual(reads);
  });

  it.each([
    { changes: { id: null }, detail: 'id should be a non-empty string and is null' },
    { changes: { id: undefined }, detail: 'id should be a non-empty string and is missing' },
    { changes: { id: '' }, detail: 'id should be a non-empty string and is empty' },
    { changes: { id: 7 }, detail: 'id should be a non-empty string and is a number' },
    { changes: { status: null }, detail: 'status should be a non-empty string and is null' },
    { changes: { status: undefined }, detail: 'status should be a non-empty string and is missing' },
    { changes: { status: '' }, detail: 'status should be a non-empty string and is empty' },
    { changes: { status: 3 }, detail: 'status should be a non-empty string and is a number' },
    { changes: { status: ['succeeded'] }, detail: 'status should be a non-empty string and is an array' },
    { changes: { status: { value: 'failed' } }, detail: 'status should be a non-empty string and is an object' },
    { changes: { operationType: 2 }, detail: 'operationType should be a string or null and is a number' },
    { changes: { operationType: {} }, detail: 'operationType should be a string or null and is an object' },
    { changes: { attemptsCount: '3' }, detail: 'attemptsCount should be a 32-bit integer and is a string' },
    { changes: { attemptsCount: 1.5 }, detail: 'attemptsCount should be a 32-bit integer and is a number' },
    { changes: { attemptsCount: 2 ** 31 }, detail: 'attemptsCount should be a 32-bit integer and is a number' },
    { changes: { attemptsCount: 1e300 }, detail: 'attemptsCount should be a 32-bit integer and is a number' },
    { changes: { attemptsCount: true }, detail: 'attemptsCount should be a 32-bit integer and is a boolean' },
    { changes: { createdDateTime: 1 }, detail: 'createdDateTime should be a string or null and is a number' },
    { changes: { createdDateTime: 'today' }, detail: 'createdDateTime should be a date and is a string' },
    { changes: { lastActionDateTime: '27.5.2021' }, detail: 'lastActionDateTime should be a date and is a string' },
    { changes: { lastActionDateTime: [] }, detail: 'lastActionDateTime should be a string or null and is an array' },
    { changes: { targetResourceId: 1 }, detail: 'targetResourceId should be a string or null and is a number' },
    {
      changes: { targetResourceLocation: {} },
      detail: 'targetResourceLocation should be a string or null and is an object',
    },
    { changes: { error: 'No.' }, detail: 'error should be an object or null and is a string' },
    { changes: { error: [] }, detail: 'error should be an object or null and is an array' },
    { changes: { error: { code: 404 } }, detail: 'error.code should be a string or null and is a number' },
    { changes: { error: { message: {} } }, detail: 'error.message should be a string or null and is an object' },
  ])('cannot be read when $detail', ({ changes, detail }) => {
    const error = errorOf(() => decode(changes));

    expect(error).toBeInstanceOf(GraphError);
    expect(error).toMatchObject({ reason: { kind: 'malformed', detail } });
    expect(error).toHaveProperty('message', `Microsoft Graph's answer cannot be read: ${detail}.`);
  });

  it('is not told by the members that every object inherits', () => {
    expect(errorOf(() => teamsAsyncOperation.decode({}))).toMatchObject({ reason: { kind: 'malformed' } });
    expect(
      decode(JSON.parse('{"__proto__":{"error":{"code":"x"}},"constructor":1,"error":null}') as object).error,
    ).toBeNull();
  });

  it('is read, or refused as malformed, whatever Graph writes', () => {
    const word = fc.constantFrom('succeeded', 'inProgress', '__proto__', '2021-05-27T21:23:41Z', '{"apps":[{}]}', '');
    const value = fc.oneof(fc.jsonValue(), word);
    const body = fc.dictionary(fc.oneof(fc.constantFrom(...Object.keys(BODY), 'Value', 'values'), fc.string()), value);
    let read = 0;
    fc.assert(
      fc.property(body, fc.boolean(), (members, whole) => {
        try {
          const operation = teamsAsyncOperation.decode(whole ? { ...members, id: 'O', status: 'failed' } : members);
          expect(operation.operationId).not.toBe('');
          read++;
        } catch (error) {
          expect(error).toMatchObject({ name: 'GraphError', reason: { kind: 'malformed' } });
        }
      }),
      { numRuns: runs(5_000) },
    );
    expect(read).toBeGreaterThan(100); // else this looked at refusals alone
  });
});

describe('the steps of a Teams operation', () => {
  const vsts = {
    Index: 1,
    Status: 'InProgress',
    UpdateTimestamp: '2020-06-15T22:28:16.8753199+00:00',
    Reference: 'com.microsoft.teamspace.tab.vsts',
  };
  const homework = { tabs: [], Index: 2, Status: 'NotStarted', UpdateTimestamp: null, Reference: 'Homework' };

  const stepsOf = (value: unknown): TeamsAsyncOperation['steps'] => decode({ Value: JSON.stringify(value) }).steps;

  it('are the apps and channels in Value', () => {
    expect(stepsOf({ apps: [vsts], channels: [homework], WorkflowId: 'northeurope.6958' })).toEqual([
      {
        type: 'APP',
        reference: 'com.microsoft.teamspace.tab.vsts',
        index: 1,
        state: 'RUNNING',
        rawStatus: 'InProgress',
        updateTimestamp: '2020-06-15T22:28:16.8753199+00:00',
      },
      {
        type: 'CHANNEL',
        reference: 'Homework',
        index: 2,
        state: 'NOT_STARTED',
        rawStatus: 'NotStarted',
        updateTimestamp: null,
      },
    ]);
  });

  it('are the apps in the values of a chat, of which no state is told', () => {
    expect(decode({ values: '{"appIds":["1542629c-01b3-4a6d-8f76-1938b779e48d"]}' }).steps).toEqual([
      {
        type: 'APP',
        reference: '1542629c-01b3-4a6d-8f76-1938b779e48d',
        index: null,
        state: null,
        rawStatus: null,
        updateTimestamp: null,
      },
    ]);
  });

  it.each([
    { Status: 'NotStarted', state: 'NOT_STARTED' },
    { Status: 'InProgress', state: 'RUNNING' },
    { Status: 'Succeeded', state: 'SUCCEEDED' },
    { Status: 'Failed', state: 'FAILED' },
    { Status: 'Skipped', state: 'UNKNOWN' },
    { Status: '__proto__', state: 'UNKNOWN' },
  ])('have a state of their own: $Status is $state', ({ Status, state }) => {
    expect(stepsOf({ apps: [{ ...vsts, Status }] })).toMatchObject([{ state, rawStatus: Status }]);
  });

  it.each([
    { item: { ...vsts, Status: 3 }, reads: { state: null, rawStatus: null } },
    { item: { ...vsts, Index: '1' }, reads: { index: null } },
    { item: { ...vsts, Index: 0.5 }, reads: { index: null } },
    { item: { ...vsts, Index: 2 ** 31 }, reads: { index: null } },
    { item: { ...vsts, UpdateTimestamp: 'soon' }, reads: { updateTimestamp: null } },
    { item: { Reference: 'a' }, reads: { reference: 'a', index: null, state: null, updateTimestamp: null } },
  ])('are told without what cannot be read: $item', ({ item, reads }) => {
    expect(stepsOf({ apps: [item] })).toMatchObject([reads]);
  });

  it('are told without the items that name nothing; their neighbours stay', () => {
    const items = [null, 'app', 7, [], {}, { ...vsts, Reference: null }, vsts];

    expect(stepsOf({ apps: items, appIds: [null, 1, {}, 'a'] }).map(({ reference }) => reference)).toEqual([
      vsts.Reference,
      'a',
    ]);
  });

  it.each([
    { is: 'missing', value: undefined },
    { is: 'null', value: null },
    { is: 'empty', value: '' },
    { is: 'no JSON', value: '{"apps":[' },
    { is: 'no text', value: { apps: [{ Reference: 'a' }] } },
    { is: 'a number', value: 7 },
    { is: 'JSON of a list', value: '[{"Reference":"a"}]' },
    { is: 'JSON of a text', value: '"apps"' },
    { is: 'JSON of null', value: 'null' },
    { is: 'JSON without steps', value: '{"WorkflowId":"w"}' },
    { is: 'JSON with steps of another shape', value: '{"apps":{"0":{}},"channels":"none","appIds":{"length":2}}' },
    { is: 'JSON with inherited members', value: '{"__proto__":{"apps":[{"Reference":"a"}]}}' },
  ])('are none when Value is $is, and the operation is still read', ({ value }) => {
    expect(decode({ Value: value })).toEqual(decode());
    expect(decode({ values: value })).toEqual(decode());
  });

  it('are bounded', () => {
    const steps = stepsOf({ apps: Array.from({ length: 5_000 }, () => vsts), appIds: Array(5_000).fill('a') });

    expect(steps).toHaveLength(1_000);
    expect(steps.every(({ reference }) => reference === vsts.Reference)).toBe(true);
  });
});
