import { createContext, useContext } from 'react';
import { type Operation } from '../domain/operation.js';
import { createFormat, type Format } from '../i18n/format.js';
import { type Language } from '../i18n/languages.js';
import { type Messages, type ProblemCode } from '../i18n/messages.js';

/** The reader's language, for whatever is shown. */
export interface Words {
  readonly tag: string;
  readonly text: Messages;
  readonly format: Format;
}

const WordsContext = createContext<Words | null>(null);

export const WordsProvider = WordsContext.Provider;

export function useWords(): Words {
  const words = useContext(WordsContext);
  if (words === null) throw new Error('There is no language around this part of the page.');
  return words;
}

export function wordsIn({ tag, messages }: Language): Words {
  return { tag, text: messages, format: createFormat(tag) };
}

/** What an operation does, in words; Graph's own word where this version has none. */
export function nameOfType({ operationType, rawOperationType }: Operation, { types, card }: Messages): string {
  return operationType === 'UNKNOWN_FUTURE_VALUE' ? card.unknownType(rawOperationType) : types[operationType];
}

export function meaningOf(code: string | null, { problems }: Messages): string {
  return code !== null && code in problems ? problems[code as ProblemCode] : problems.OTHER;
}
