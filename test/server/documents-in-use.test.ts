import { beforeEach, describe, expect, it } from '@jest/globals';
import { parse } from 'graphql';
import { createDocumentsInUse, type DocumentsInUse, type GoodDocument } from '../../src/server/documents-in-use.js';

/** A document of so many characters. */
function ofLength(length: number, name = 'a'): GoodDocument {
  const words = `{${name.repeat(length - 2)}}`;
  return { document: parse(words), words, mayExceed: false };
}

describe('documents in use', () => {
  let inUse: DocumentsInUse;
  beforeEach(() => {
    inUse = createDocumentsInUse({ documentsInUse: 100, documentsInUsePerCaller: 60 });
  });

  const taken = (subject: string, document: GoodDocument): string => inUse.take(subject, document)?.limit ?? 'taken';

  it('count once for a caller, however often it runs them', () => {
    for (let nth = 0; nth < 10; nth++) expect(taken('anna', ofLength(50))).toBe('taken');
    expect(inUse.length).toBe(50);
    expect(taken('anna', ofLength(11))).toBe('DOCUMENTS_IN_USE_PER_CALLER');
    expect(taken('anna', ofLength(10))).toBe('taken');
  });

  it('count once in a process, whoever runs them', () => {
    for (const subject of ['anna', 'ben', 'cleo']) expect(taken(subject, ofLength(60))).toBe('taken');
    expect(inUse.length).toBe(60);
    expect(taken('dora', ofLength(41, 'b'))).toBe('DOCUMENTS_IN_USE');
    expect(taken('dora', ofLength(40, 'b'))).toBe('taken');
    expect(taken('emil', ofLength(60))).toBe('taken');
  });

  it('are found by their words while anybody holds them', () => {
    const document = ofLength(20);
    inUse.take('anna', document);
    inUse.take('ben', ofLength(20));
    expect(inUse.find(ofLength(20).words ?? '')).toBe(document);
    inUse.giveBack('anna', document);
    expect(inUse.find(ofLength(20).words ?? '')).toBe(document);
    inUse.giveBack('ben', document);
    expect(inUse.find(ofLength(20).words ?? '')).toBeUndefined();
  });

  it('make room when the last that ran one gives it back, and not before', () => {
    const document = ofLength(60);
    inUse.take('anna', document);
    inUse.take('anna', document);
    inUse.giveBack('anna', document);
    expect(taken('anna', ofLength(10, 'b'))).toBe('DOCUMENTS_IN_USE_PER_CALLER');
    inUse.giveBack('anna', document);
    expect(taken('anna', ofLength(10, 'b'))).toBe('taken');
    expect(inUse.length).toBe(10);
  });

  it('go with a socket to its next caller, even to one that holds as much as it may', () => {
    const document = ofLength(30);
    inUse.take('anna', document);
    inUse.take('ben', ofLength(60, 'b'));
    inUse.move('anna', 'ben', document);
    expect(inUse.length).toBe(90);
    expect(taken('anna', ofLength(5, 'c'))).toBe('taken');
    expect(taken('ben', ofLength(5, 'c'))).toBe('DOCUMENTS_IN_USE_PER_CALLER');
    inUse.giveBack('ben', document);
    expect(inUse.length).toBe(65);
  });

  it('are not counted where the gateway holds them in any case', () => {
    const own: GoodDocument = { document: parse('{ a }'), words: null, mayExceed: false };
    expect(taken('anna', own)).toBe('taken');
    inUse.move('anna', 'ben', own);
    inUse.giveBack('ben', own);
    expect(inUse.length).toBe(0);
  });
});
