import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { InputError } from '../../src/operation/failure.js';
import { globalIdOf, parseGlobalId } from '../../src/operation/global-id.js';
import { refInHost } from '../../src/operation/location.js';
import { anyText, legalKey } from './arbitraries.js';
import { errorOf } from './error-of.js';
import { runs } from '../support/runs.js';

const archive = refInHost('team', 'fa4aa5a2-a75b-4769-86f4-9e2742a18fda', '86cfb3a3-4860-4a28-ad9f-ebe01d7523c8');
const createChat = refInHost('chat', '19:c253a29b5f694b55a6baad8e83510af7@thread.v2', '2432b57b');

/** Ids are kept by clients: these are written out, and a change of them is a break of the contract. */
const ARCHIVE_ID =
  'b3BlcmF0aW9uOi92MS4wL3RlYW1zL2ZhNGFhNWEyLWE3NWItNDc2OS04NmY0LTllMjc0MmExOGZkYS9vcGVyYXRpb25zLzg2Y2ZiM2EzLTQ4NjAtNGEyOC1hZDlmLWViZTAxZDc1MjNjOA';
const CREATE_CHAT_ID =
  'b3BlcmF0aW9uOi9iZXRhL2NoYXRzLzE5JTNBYzI1M2EyOWI1ZjY5NGI1NWE2YmFhZDhlODM1MTBhZjclNDB0aHJlYWQudjIvb3BlcmF0aW9ucy8yNDMyYjU3Yg';

/** An id of the same make around another text. */
const wrap = (text: string): string => Buffer.from(text).toString('base64url');

describe('a global id', () => {
  it.each([
    { ref: archive, id: ARCHIVE_ID },
    { ref: createChat, id: CREATE_CHAT_ID },
  ])('is the same today as on the day it was given out: $ref.location', ({ ref, id }) => {
    expect(globalIdOf(ref)).toBe(id);
    expect(parseGlobalId(id)).toEqual(ref);
  });

  it('comes back as the operation it was made of, for every id that Graph could make', () => {
    fc.assert(
      fc.property(fc.constantFrom('team', 'chat', 'teamDefinition'), legalKey, legalKey, (hostName, hostId, id) => {
        const ref = refInHost(hostName, hostId, id);

        expect(parseGlobalId(globalIdOf(ref))).toEqual(ref);
        expect(globalIdOf(ref)).toMatch(/^[A-Za-z0-9_-]+$/);
      }),
      { numRuns: runs(2_000) },
    );
  });

  it.each([
    { id: '', is: 'nothing' },
    { id: '86cfb3a3-4860-4a28-ad9f-ebe01d7523c8', is: "Graph's own id" },
    { id: archive.location, is: 'a location' },
    { id: ARCHIVE_ID.slice(0, -1), is: 'the last letter cut off' },
    { id: `${ARCHIVE_ID}A`, is: 'a letter more' },
    { id: `${ARCHIVE_ID}=`, is: 'padding' },
    { id: ` ${ARCHIVE_ID}`, is: 'a blank in front' },
    { id: `${ARCHIVE_ID}\n`, is: 'a line end behind' },
    { id: `${ARCHIVE_ID}.${ARCHIVE_ID}`, is: 'two of them' },
    { id: `${ARCHIVE_ID.slice(0, 10)}*${ARCHIVE_ID.slice(10)}`, is: 'a letter that is skipped in decoding' },
    { id: wrap(`Operation:${archive.location}`), is: 'another kind of thing' },
    { id: wrap(archive.location), is: 'no kind of thing' },
    { id: wrap("operation:/teams('T')/operations('O')"), is: 'a location that is not canonical' },
    { id: wrap('operation:/beta/teams/T/operations/O'), is: 'a version that is not read' },
    { id: wrap('operation:/v1.0/teams/%54/operations/O'), is: 'a second spelling of a key' },
    { id: wrap('operation:/v1.0/teams/T/operations/O '), is: 'a blank inside' },
    { id: wrap('operation://evil.test/v1.0/teams/T/operations/O'), is: 'a host' },
    { id: wrap('operation:https://graph.microsoft.com/v1.0/teams/T/operations/O'), is: 'an address' },
    { id: wrap('operation:graph://none/v1.0/teams/T/operations/O'), is: 'a made up address' },
    { id: wrap('operation:/v1.0/teams/../operations/O'), is: 'a step up' },
    { id: wrap('operation:/v1.0/chats/C/operations/O'), is: 'a path that Graph does not have' },
    { id: wrap('operation:/v1.0/teams/%zz/operations/O'), is: 'broken encoding' },
    { id: wrap(`operation:/v1.0/teams/T/operations/${'O'.repeat(5_000)}`), is: 'no end' },
    { id: Buffer.from([0x6f, 0xff, 0xfe, 0x00]).toString('base64url'), is: 'bytes that are no text' },
  ])('is refused when it was tampered with: $is', ({ id }) => {
    expect(errorOf(() => parseGlobalId(id))).toBeInstanceOf(InputError);
  });

  it('has one spelling: whatever is read prints as it was', () => {
    let taken = 0;
    const flipped = fc
      .tuple(
        fc.constantFrom(ARCHIVE_ID, CREATE_CHAT_ID),
        fc.nat(140),
        fc.constantFrom(...Array.from('ABCDabcd0189-_+/=')),
      )
      .map(([id, at, letter]) => id.slice(0, at) + letter + id.slice(at + 1));
    fc.assert(
      fc.property(
        fc.oneof(
          flipped,
          anyText,
          anyText.map((text) => wrap(`operation:${text}`)),
        ),
        (id) => {
          let printed: string;
          try {
            printed = globalIdOf(parseGlobalId(id));
          } catch (error) {
            if (!(error instanceof InputError)) throw error; // an `expect` takes longer than all else here
            return;
          }
          taken++;
          expect(printed).toBe(id);
        },
      ),
      { numRuns: runs(10_000) },
    );
    expect(taken).toBeGreaterThan(20); // else this looked at refusals alone
  });
});
