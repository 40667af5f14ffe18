/**
 * In which type each Accept header is answered. Nothing is negotiated here: what Apollo answered to a header once, it
 * will answer again.
 */
export interface AnswerTypes {
  /** Undefined where Apollo has to be asked. */
  of(accept: string | undefined): string | undefined;
  learn(accept: string | undefined, type: string | undefined): void;
}

/** Clients send what their library sends: a dozen headers in all. */
const MAX_KNOWN = 100;
/** A browser's longest has about 150. */
const MAX_LENGTH = 256;

export function createAnswerTypes(): AnswerTypes {
  const known = new Map<string, string>();
  return {
    of: (accept = '') => known.get(accept),
    learn(accept = '', type) {
      if (type === undefined || accept.length > MAX_LENGTH || known.has(accept)) return;
      known.set(accept, type);
      const [oldest] = known.keys();
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    },
  };
}
