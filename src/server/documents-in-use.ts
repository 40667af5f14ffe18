import { type DocumentNode } from 'graphql';
import { LimitError } from '../operation/failure.js';

/** A document that was found good. */
export interface GoodDocument {
  readonly document: DocumentNode;
  /** Nothing but its words and signs; null of one that the gateway holds in any case. */
  readonly words: string | null;
  /** It may come to more than the greatest cost with some variables. */
  readonly mayExceed: boolean;
}

/**
 * Documents that are held by what runs: a subscription holds its document for hours. The same words are held once,
 * however many run them, and count once for each caller. What is taken is given back, whatever comes between.
 */
export interface DocumentsInUse {
  /** The one that is held with these words. */
  find(words: string): GoodDocument | undefined;
  /** @returns why there is no room for it, or null */
  take(subject: string, document: GoodDocument): LimitError | null;
  giveBack(subject: string, document: GoodDocument): void;
  /** It is held for another subject from now on, even where that one holds as much as it may. */
  move(from: string, to: string, document: GoodDocument): void;
  /** Characters of all that is held. */
  readonly length: number;
}

export interface DocumentsInUseLimits {
  /** Characters of different documents: in this process, and of one caller. A document takes up to 75 times its length. */
  readonly documentsInUse: number;
  readonly documentsInUsePerCaller: number;
}

interface Use {
  readonly document: GoodDocument;
  /** How often each subject holds it. */
  readonly subjects: Map<string, number>;
}

export function createDocumentsInUse(limits: DocumentsInUseLimits): DocumentsInUse {
  const uses = new Map<string, Use>();
  const lengths = new Map<string, number>();
  let length = 0;

  const refusalOf = (subject: string, words: string): LimitError | null => {
    const use = uses.get(words);
    if (use?.subjects.has(subject) === true) return null;
    const { documentsInUse, documentsInUsePerCaller } = limits;
    if ((lengths.get(subject) ?? 0) + words.length > documentsInUsePerCaller) {
      const message = `What a caller has running holds at most ${documentsInUsePerCaller} characters of different documents: write one document, and say in its variables what differs.`;
      return new LimitError('DOCUMENTS_IN_USE_PER_CALLER', message);
    }
    if (use === undefined && length + words.length > documentsInUse) {
      const message = `What runs in this process holds at most ${documentsInUse} characters of different documents, and it does: try again later, or with a document that others use.`;
      return new LimitError('DOCUMENTS_IN_USE', message);
    }
    return null;
  };

  const add = (subject: string, document: GoodDocument, words: string): void => {
    const use = uses.get(words) ?? { document, subjects: new Map<string, number>() };
    if (use.subjects.size === 0) {
      uses.set(words, use);
      length += words.length;
    }
    const times = use.subjects.get(subject) ?? 0;
    use.subjects.set(subject, times + 1);
    if (times === 0) lengths.set(subject, (lengths.get(subject) ?? 0) + words.length);
  };

  const remove = (subject: string, words: string): void => {
    const use = uses.get(words);
    const times = use?.subjects.get(subject);
    if (use === undefined || times === undefined) return;
    if (times > 1) {
      use.subjects.set(subject, times - 1);
      return;
    }
    use.subjects.delete(subject);
    const left = (lengths.get(subject) ?? 0) - words.length;
    if (left > 0) lengths.set(subject, left);
    else lengths.delete(subject);
    if (use.subjects.size > 0) return;
    uses.delete(words);
    length -= words.length;
  };

  return {
    find: (words) => uses.get(words)?.document,
    take(subject, document) {
      if (document.words === null) return null;
      const refusal = refusalOf(subject, document.words);
      if (refusal === null) add(subject, document, document.words);
      return refusal;
    },
    giveBack(subject, { words }) {
      if (words !== null) remove(subject, words);
    },
    move(from, to, document) {
      if (document.words === null || from === to) return;
      add(to, document, document.words);
      remove(from, document.words);
    },
    get length() {
      return length;
    },
  };
}
