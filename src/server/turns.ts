/** What can be told to wait a moment before it brings more. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/**
 * Takes what one source brings one by one, and lets everybody else have a turn in between: a client that sends a
 * thousand messages at once keeps nobody else waiting. What waits here is what had arrived together.
 */
export function inTurns<T>(source: Pausable, take: (one: T) => void): (one: T) => void {
  const waiting: T[] = [];
  let isTurnTaken = false;

  const nextTurn = (): void => {
    const [one] = waiting.splice(0, 1);
    if (one === undefined) {
      isTurnTaken = false;
      source.resume();
      return;
    }
    take(one);
    setImmediate(nextTurn);
  };

  return (one) => {
    if (isTurnTaken) {
      waiting.push(one);
      source.pause();
      return;
    }
    isTurnTaken = true;
    take(one);
    setImmediate(nextTurn);
  };
}
