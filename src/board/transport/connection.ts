/** How the websocket stands. */
export type Connection =
  /** Nothing is watched, so there is none. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected'; readonly resumed: Resumed }
  /** Tried again at `until`, epoch ms. */
  | { readonly kind: 'waiting'; readonly until: number }
  /** The gateway does not take the token, or anything else without another one; it is not tried again. */
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Whether a connection goes on from one before, and whether everything in between was told: that is known only once all
 * streams were heard of again, and until then it is just `back`.
 */
export type Resumed = 'first' | 'back' | 'whole' | 'reset';

/** How the token stands. The token itself is in no state: nothing that is drawn, logged or stored has it. */
export type Token =
  | { readonly kind: 'none' }
  | { readonly kind: 'held' }
  /** It ends, epoch ms; another one is wanted. */
  | { readonly kind: 'ending'; readonly at: number }
  /** The one that was offered is not taken; the one before serves until it ends. */
  | { readonly kind: 'refused'; readonly message: string };

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/** Doubled each time, and up to a half shorter: a gateway that comes back is not met by all its clients at once. */
export function waitMs(retries: number, random: () => number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** retries, LONGEST_WAIT_MS) * (1 - random() / 2);
}

/** What ended a connection for good, in the gateway's words; null when it is to be tried again. Source: graphql-ws 6. */
export function fatalReason(code: number, reason: string): string | null {
  const isFatal = FATAL.includes(code) || (code > 1001 && code < 2000 && !MAY_PASS.includes(code));
  return isFatal ? reason || `The connection was closed with code ${code}.` : null;
}

const FATAL = [4004, 4005, 4400, 4401, 4406, 4409, 4429, 4500];
/** Among the codes of the protocol itself: no word was said, the service restarts, it has too much to do. */
const MAY_PASS = [1005, 1006, 1012, 1013, 1014];
