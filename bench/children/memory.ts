import { answerParent, setting } from './child.js';
import { listen } from './listen.js';

/** The floor of a query that is answered from memory: node:http reads the request and answers with the same text. */

const body = setting('BODY');
const length = Buffer.byteLength(body);

const url = await listen((request, response) => {
  request.resume().once('end', () => {
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': length });
    response.end(body);
  });
});
answerParent(url);
