/** What can be told to wait a moment before it brings more. */
export interface Pausable {
  pause(): void;
  resume(): void;
}

/**
 * Takes what one source brings one by one, and lets everybody else have a turn in between: a client that sends a
 * thousand messages at once keeps nobody else waiting. What waits here is what had arrived together.
 *
 * A class, because there is one for each connection.
 */
export class Turns<T> {
  private waiting: T[] | null = null;
  private isTurnTaken = false;

  constructor(
    private readonly source: Pausable,
    private readonly taker: { take(one: T): void },
  ) {}

  bring(one: T): void {
    if (this.isTurnTaken) {
      (this.waiting ??= []).push(one);
      this.source.pause();
      return;
    }
    this.isTurnTaken = true;
    this.taker.take(one);
    setImmediate(nextTurn, this);
  }

  next(): void {
    const [one] = this.waiting?.splice(0, 1) ?? [];
    if (one === undefined) {
      this.isTurnTaken = false;
      this.waiting = null;
      this.source.resume();
      return;
    }
    this.taker.take(one);
    setImmediate(nextTurn, this);
  }
}

function nextTurn(turns: Turns<unknown>): void {
  turns.next();
}
