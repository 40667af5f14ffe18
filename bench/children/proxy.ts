import { Pool } from 'undici';
import { answerParent, setting } from './child.js';
import { listen } from './listen.js';

/** The floor of a query that goes upstream: node:http and undici hand one GET on, and its answer back as it came. */

const graph = new Pool(setting('GRAPH_URL'), { connections: 64 });

const url = await listen((request, response) => {
  graph
    .request({
      method: 'GET',
      path: request.url ?? '/',
      headers: { authorization: request.headers.authorization ?? '' },
    })
    .then(async ({ statusCode, body }) => {
      const text = await body.text();
      response.writeHead(statusCode, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
    })
    .catch(() => response.writeHead(502).end());
});
answerParent(url);
