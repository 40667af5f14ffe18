import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { operationJson, partsOf, sendJson, startRawGraph, type RawGraph, type Received } from '../graph/raw-graph.js';

/** Where an attack may want a token to go. */
export interface Places {
  /** Graph's own `host:port`. */
  readonly graph: string;
  /** The `host:port` of somebody who must never hear from the gateway. */
  readonly thief: string;
}

export type Attack = (response: ServerResponse, request: Received, places: Places) => void;

/** A Microsoft Graph that somebody has taken over. */
export interface HostileGraph extends RawGraph {
  /** Connections that anybody made to the thief. */
  stolen(): number;
  readonly places: Places;
  /** From now on whoever has this token is answered like this; everybody else is answered rightly. */
  attack(token: string, attack: Attack): void;
}

export async function startHostileGraph(): Promise<HostileGraph> {
  const attacks = new Map<string, Attack>();
  let connections = 0;
  const thief = createServer((_request, response) => response.end('{}'));
  thief.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => thief.listen(0, resolve)); // on every address of this machine
  const thiefHost = `127.0.0.1:${(thief.address() as AddressInfo).port}`;

  const graph = await startRawGraph((response, request) => {
    if (request.method === 'HEAD')
      response.end(); // whether anybody is here at all
    else (attacks.get(tokenOf(request)) ?? honestly)(response, request, places);
  });
  const places = { graph: graph.url.host, thief: thiefHost };

  return {
    ...graph,
    places,
    stolen: () => connections,
    attack: (token, attack) => void attacks.set(token, attack),
    async close() {
      thief.closeAllConnections();
      await Promise.all([new Promise((resolve) => thief.close(resolve)), graph.close()]);
    },
  };
}

/** Empty where there is none. */
export function tokenOf({ headers }: Received): string {
  return headers.authorization?.slice('Bearer '.length) ?? '';
}

/** Any operation runs, any list has one operation, and a batch is answered part by part. */
function honestly(response: ServerResponse, request: Received): void {
  if (!request.url.endsWith('/$batch')) {
    sendJson(response, 200, honestBody(request.url));
    return;
  }
  const responses = partsOf(request).map(({ id, url }) => ({ id, status: 200, headers: {}, body: honestBody(url) }));
  sendJson(response, 200, { responses });
}

function honestBody(url: string): object {
  const id = /\/operations\/([^/?]+)$/.exec(url)?.[1];
  return id === undefined ? { value: [operationJson('listed')] } : operationJson(decodeURIComponent(id));
}
