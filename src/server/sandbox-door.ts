import { type IncomingMessage, type ServerResponse } from 'node:http';
import { type ErrorReport } from '../api/errors.js';
import { LimitError } from '../operation/failure.js';
import { refuse, refuseBeyond } from './graphql-http.js';
import { readBody } from './json-body.js';
import { isAllowedOrigin } from './origins.js';

/**
 * The way from a page of the gateway to the built-in sandbox, below `/sandbox`: Graph's requests that start an
 * operation, in the name of the sandbox's own user. Where another Graph is asked there is nothing at these paths.
 *
 *     GET  /sandbox                           requests to try, and teams and chats to look at, as JSON
 *     POST /sandbox/v1.0/teams/{id}/archive   what Graph answers to POST /v1.0/teams/{id}/archive
 */
export interface SandboxDoor {
  /** @returns whether the request was for something here, and is or will be answered */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
}

export interface SandboxDoorOptions {
  /** What is told of at `/sandbox`. */
  readonly requests: readonly object[];
  readonly hosts: readonly object[];
  /** Hands a request on, as one for `url` with this body. */
  readonly pass: (request: IncomingMessage, response: ServerResponse, as: { url: string; body: string }) => void;
  readonly allowedOrigins: readonly string[];
  readonly bodyBytes: number;
  readonly report: ErrorReport;
}

const ROOT = '/sandbox';

/** What starts an operation, and nothing that reads or steers. The sandbox remembers the paths, so they are short. */
const STARTS = [
  /^\/(?:v1\.0|beta)\/teams$/,
  /^\/(?:v1\.0|beta)\/teams\/[^/]{1,200}\/(?:archive|unarchive|clone)$/,
  /^\/beta\/chats$/,
];

const WHAT_STARTS = 'POST /v1.0/teams, /v1.0/teams/{id}/archive, /unarchive or /clone, and /beta/chats';

export function createSandboxDoor(options: SandboxDoorOptions): SandboxDoor {
  const { requests, hosts, pass, allowedOrigins, bodyBytes, report } = options;

  const start = async (request: IncomingMessage, response: ServerResponse, url: string): Promise<void> => {
    const body = await readBody(request, bodyBytes);
    if (body === 'gone') return;
    if ('length' in body) {
      refuseBeyond(response, 413, new LimitError('BODY_BYTES', `A body has at most ${bodyBytes} bytes.`), report);
    } else if ('problem' in body) refuse(response, body.status, body.problem);
    // A page of elsewhere cannot send this type without being asked for its origin first.
    else if (body.text === undefined) refuse(response, 415, 'Send the body as `Content-Type: application/json`.');
    else pass(request, response, { url, body: body.text });
  };

  return {
    serve(request, response) {
      const [path = ''] = (request.url ?? '').split('?', 1);
      if (path !== ROOT && !path.startsWith(`${ROOT}/`)) return false;
      response.setHeader('Cache-Control', 'no-store');
      const { method } = request;
      const url = path.slice(ROOT.length);
      if (path === ROOT) {
        if (method === 'GET') tell(response, { requests, hosts });
        else refuseMethod(response, 'GET');
      } else if (!STARTS.some((start) => start.test(url))) {
        refuse(response, 404, `The sandbox takes here only what starts an operation: ${WHAT_STARTS}.`);
      } else if (method !== 'POST') refuseMethod(response, 'POST');
      else if (!isAllowedOrigin(request, allowedOrigins)) refuse(response, 403, 'This origin is not allowed.');
      else void start(request, response, url);
      return true;
    },
  };
}

function refuseMethod(response: ServerResponse, allowed: string): void {
  response.setHeader('Allow', allowed);
  refuse(response, 405, `Only ${allowed} is of use here.`);
}

function tell(response: ServerResponse, body: object): void {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify(body));
}
