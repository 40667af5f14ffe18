import { type Push } from './fan-out.js';
import { payloadBytes, writePayload } from './payload-bytes.js';

/** What says nothing, for proxies that cut connections on which nothing comes, and for finding out who reads no more. */
export const KEEP_ALIVE = ':\n\n';

/** Something for whoever looks at the stream itself; clients pass it over. @param text of one line */
export function commentOf(text: string): string {
  return `: ${text}\n\n`;
}

/**
 * Events of the protocol `graphql-sse`, all in one buffer: one piece of memory and one call of the system, however many
 * they are.
 *
 * @param isShared whether several operations are told of in this stream, so that each event names its own. Where there is
 *   one, the cursor is the event's id: a browser's EventSource gives it back by itself when it comes back.
 */
export function eventsOf(pushes: readonly Push[], isShared: boolean): Buffer {
  const heads = pushes.map((push) => headOf(push, isShared));
  const tail = isShared ? '}\n\n' : '\n\n';
  const lengths = pushes.map((push) => (push.payload === null ? 0 : payloadBytes(push) + tail.length));
  const total = pushes.reduce((sum, _, nth) => sum + Buffer.byteLength(heads[nth] ?? '') + (lengths[nth] ?? 0), 0);
  const buffer = Buffer.allocUnsafe(total);
  let at = 0;
  for (const [nth, push] of pushes.entries()) {
    at += buffer.write(heads[nth] ?? '', at);
    if (push.payload === null) continue;
    at = writePayload(buffer, at, push);
    at += buffer.write(tail, at, 'latin1');
  }
  return buffer;
}

/** What comes before the payload. JSON has no line break in it, whatever id a client chose. */
function headOf(push: Push, isShared: boolean): string {
  const id = isShared ? JSON.stringify(push.key) : '';
  // Without its empty data the end would not be told to listeners of an EventSource.
  if (push.payload === null) return isShared ? `event: complete\ndata: {"id":${id}}\n\n` : 'event: complete\ndata:\n\n';
  if (isShared) return `event: next\ndata: {"id":${id},"payload":`;
  return push.cursor === '' ? 'event: next\ndata: ' : `event: next\nid: ${push.cursor}\ndata: `;
}
