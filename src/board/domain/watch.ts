import { type OperationHost, type OperationRef } from '../generated/documents.js';

/** What somebody put on the board: one operation, or all of a team or chat. It names things, and gives no right to them. */
export type Watch =
  { readonly kind: 'operation'; readonly ref: OperationRef } | { readonly kind: 'host'; readonly host: OperationHost };

/** Two watches with one key watch the same, as far as can be told from their words. */
export function keyOf(watch: Watch): string {
  return JSON.stringify(watch.kind === 'operation' ? watch.ref : watch.host);
}

/** Each once, in the order in which they came. */
export function unique(watches: readonly Watch[]): Watch[] {
  return [...new Map(watches.map((watch) => [keyOf(watch), watch])).values()];
}

/** What it is called until more is known of it. */
export function nameOf(watch: Watch): string {
  if (watch.kind === 'host') {
    const { location, chatId, teamId } = watch.host;
    return String(location ?? chatId ?? teamId);
  }
  const { location, id, chat, team } = watch.ref;
  return String(location ?? id ?? (chat ?? team)?.operationId);
}
