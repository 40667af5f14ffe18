import { type Surroundings } from './surroundings.js';

/** Notices a connection that fell silent: whoever pulls out a cable tells nobody. */
export interface Heartbeat {
  /** A first word has to come within so long. */
  expect(withinMs: number): void;
  /** It has come; the other side will be asked for the next one in a while. */
  heard(): void;
  stop(): void;
}

export interface HeartbeatOptions {
  readonly everyMs: number;
  /** How long the other side has to answer. */
  readonly answerWithinMs: number;
  /** Asks the other side for a word. */
  readonly ask: () => void;
  /** No word has come. */
  readonly giveUp: () => void;
}

export function createHeartbeat(options: HeartbeatOptions, { wakeIn }: Pick<Surroundings, 'wakeIn'>): Heartbeat {
  const { everyMs, answerWithinMs, ask, giveUp } = options;
  let cancel = (): void => undefined;
  const next = (ms: number, wake: () => void): void => {
    cancel();
    cancel = wakeIn(ms, wake);
  };
  return {
    expect: (withinMs) => next(withinMs, giveUp),
    heard: () =>
      next(everyMs, () => {
        next(answerWithinMs, giveUp);
        ask();
      }),
    stop: () => cancel(),
  };
}
