import { useEffect, useState, type ReactNode } from 'react';
import { useWords } from './words.js';

/** How long it is said what became of it. */
const SAID_FOR_MS = 2_000;

/** Not there where the browser has no clipboard for the page: it was not had over HTTPS, nor from this machine. */
export function CopyButton({ value }: { readonly value: string }): ReactNode {
  const { text } = useWords();
  const [said, setSaid] = useState<'copied' | 'notCopied' | null>(null);
  useEffect(() => {
    if (said === null) return;
    const timer = setTimeout(() => setSaid(null), SAID_FOR_MS);
    return () => clearTimeout(timer);
  }, [said]);
  if (!('clipboard' in navigator)) return null;
  const copy = (): void => {
    navigator.clipboard.writeText(value).then(
      () => setSaid('copied'),
      () => setSaid('notCopied'), // the reader, or a rule of the browser, does not allow it
    );
  };
  return (
    <button type="button" className="quiet" onClick={copy}>
      {text.card[said ?? 'copy']}
    </button>
  );
}
