import { useSyncExternalStore, type ReactNode } from 'react';

/** Says something to whoever listens to the page instead of looking at it. */
export interface Announce {
  (text: string): void;
  readonly listen: (listener: () => void) => () => void;
  /** What was said last. */
  readonly last: () => string;
}

export function createAnnounce(): Announce {
  let said = '';
  const listeners = new Set<() => void>();
  const announce = (text: string): void => {
    // The same words once more are no change, and would not be read out.
    said = text === said ? `${text}\u00a0` : text;
    for (const listener of [...listeners]) listener();
  };
  return Object.assign(announce, {
    listen: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    last: () => said,
  });
}

export function Announcer({ announce }: { readonly announce: Announce }): ReactNode {
  const said = useSyncExternalStore(announce.listen, announce.last);
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {said}
    </p>
  );
}
