import { describe, expect, it } from '@jest/globals';
import { findSandbox } from '../../src/board/sandbox.js';

const ROOT = new URL('http://127.0.0.1/sandbox');

describe('the sandbox of a gateway', () => {
  it.each([
    { what: 'nothing answers', answer: () => Promise.reject(new TypeError('fetch failed')) },
    { what: 'there is none', answer: () => Promise.resolve(new Response('', { status: 404 })) },
    { what: 'a page answers in its place', answer: () => Promise.resolve(new Response('<!doctype html>')) },
    { what: 'something else answers', answer: () => Promise.resolve(Response.json(null)) },
    { what: 'it offers nothing that can be read', answer: () => Promise.resolve(Response.json({ requests: 3 })) },
  ])('is not there where $what', async ({ answer }) => {
    expect(await findSandbox(ROOT, answer)).toBeNull();
  });

  it('offers its requests', async () => {
    const requests = [{ name: 'archiveTeam', path: '/v1.0/teams/t/archive', body: {}, life: {} }];
    const sandbox = await findSandbox(ROOT, () => Promise.resolve(Response.json({ requests })));
    expect(sandbox?.requests).toEqual(requests);
  });
});
