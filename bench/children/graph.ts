import { type IncomingMessage } from 'node:http';
import { numberOf, operationId, stateAt } from '../world.js';
import { answerParent, sharedNow } from './child.js';
import { listen } from './listen.js';

/**
 * As little of Microsoft Graph as can be: any operation of any team is there, and under way. On command all of them
 * change, and it remembers when each team was first told of with the change. It counts what it is asked.
 */

/** What Graph was asked for. */
export interface Asked {
  /** Each counts against Graph's limits, batched or not. */
  readonly reads: number;
  readonly requests: number;
}

/** How long Graph was not asked about a host, ms, between two reads of it. */
export interface Gaps {
  readonly shortest: number;
  readonly longest: number;
  /** Every host that was read before the mark has been read again. */
  readonly isComplete: boolean;
}

export type GraphCommands = {
  /** How many operations a list holds. */
  world: (input: { readonly operationsPerHost: number }) => void;
  /** The number of the newest change. */
  revision: (input: null) => number;
  change: (input: null) => void;
  /** When the answer that told of the newest change went out, by host; milliseconds of the clock that all share. */
  answeredAt: (input: null) => ReadonlyMap<number, number>;
  asked: (input: null) => Asked;
  /** From now on gaps are measured; the last read before counts as the beginning of one. */
  markGaps: (input: null) => void;
  gaps: (input: null) => Gaps;
};

let revision = 0;
let operationsPerHost = 1;
let reads = 0;
let requests = 0;
const answeredAt = new Map<number, number>();
const readAt = new Map<number, number>();
let marked = { waiting: new Set<number>(), shortest: Infinity, longest: 0 };

/** @param path below the version: /teams/{id}/operations or /teams/{id}/operations/{id} */
function read(path: string): unknown {
  reads += 1;
  const [, , team = '', , operation] = path.split('/');
  const host = numberOf(team);
  const now = sharedNow();
  noteGap(host, now);
  if (!answeredAt.has(host)) answeredAt.set(host, now);
  if (operation !== undefined) return operationOf(host, operation);
  return { value: Array.from({ length: operationsPerHost }, (_, nth) => operationOf(host, operationId(host, nth))) };
}

function noteGap(host: number, now: number): void {
  const gap = now - (readAt.get(host) ?? NaN);
  readAt.set(host, now);
  if (Number.isNaN(gap)) return;
  marked.shortest = Math.min(marked.shortest, gap);
  marked.longest = Math.max(marked.longest, gap);
  marked.waiting.delete(host);
}

function operationOf(host: number, id: string) {
  const team = `7ea00000-0000-4000-8000-${String(host).padStart(12, '0')}`;
  return {
    id,
    operationType: 'archiveTeam',
    createdDateTime: '2026-01-01T00:00:00.1234567Z',
    status: stateAt(revision).status,
    lastActionDateTime: '2026-01-01T00:00:05.7654321Z',
    attemptsCount: 1,
    targetResourceId: team,
    targetResourceLocation: `/teams('${team}')`,
    error: null,
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function readBatch(text: string): unknown {
  const { requests: parts } = JSON.parse(text) as { requests: { id: string; url: string }[] };
  return { responses: parts.map(({ id, url }) => ({ id, status: 200, headers: {}, body: read(url) })) };
}

const url = await listen((request, response) => {
  const { method, url: address = '' } = request;
  requests += 1;
  const path = (address.split('?')[0] ?? '').replace(/^\/(v1\.0|beta)/, '');
  const answer = (body: unknown): void => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
  if (method === 'POST') void textOf(request).then((text) => answer(readBatch(text)));
  else answer(read(path));
});

const commands: GraphCommands = {
  world: (input) => void ({ operationsPerHost } = input),
  revision: () => revision,
  change() {
    answeredAt.clear();
    revision += 1;
  },
  answeredAt: () => answeredAt,
  asked: () => ({ reads, requests }),
  markGaps() {
    marked = { waiting: new Set(readAt.keys()), shortest: Infinity, longest: 0 };
  },
  gaps: () => ({ shortest: marked.shortest, longest: marked.longest, isComplete: marked.waiting.size === 0 }),
};
answerParent(url, commands);
