/** Fields as one opaque word, for ids and cursors that clients hand back. It hides nothing and proves nothing. */
export function printOpaque(fields: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

/** @returns the fields, of which nothing is known yet, or null when the word was not printed from so many */
export function parseOpaque(word: string, count: number): readonly unknown[] | null {
  try {
    const fields: unknown = JSON.parse(Buffer.from(word, 'base64url').toString());
    return Array.isArray(fields) && fields.length === count ? fields : null;
  } catch {
    return null; // The caller says what it should have been; that it is not JSON says nothing to a client.
  }
}
