import { reportToParent } from './child.js';
import { listen } from './listen.js';

/** As little of Microsoft Graph as can be: any operation of any team is there, and under way. */

const url = await listen((request, response) => {
  const [, , , teamId = '', , operationId = ''] = (request.url ?? '').split('/');
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#teamsAsyncOperation/$entity',
      id: operationId,
      operationType: 'archiveTeam',
      createdDateTime: '2026-01-01T00:00:00.1234567Z',
      status: 'inProgress',
      lastActionDateTime: '2026-01-01T00:00:05.7654321Z',
      attemptsCount: 1,
      targetResourceId: teamId,
      targetResourceLocation: `/teams('${teamId}')`,
      error: null,
    }),
  );
});
reportToParent(url);
