import { LimitError } from '../operation/failure.js';
import { type ApiLimits } from './limits.js';

/** Who waits for an operation at this moment. A wait holds a request, a timer and a watch: there are only so many. */
export interface Waits {
  /**
   * Counts one more until the returned function is called.
   *
   * @param subject who waits, see Caller
   * @throws {LimitError} when there are too many already
   */
  begin(subject: string): () => void;
  readonly count: number;
}

export function createWaits({ waits, waitsPerCaller }: Pick<ApiLimits, 'waits' | 'waitsPerCaller'>): Waits {
  const counts = new Map<string, number>();
  let count = 0;
  return {
    begin(subject) {
      const own = counts.get(subject) ?? 0;
      if (own >= waitsPerCaller) {
        throw new LimitError(
          'WAITS_PER_CALLER',
          `One caller waits for ${waitsPerCaller} operations at a time with waitForOperation; a subscription may watch more.`,
        );
      }
      if (count >= waits) {
        throw new LimitError(
          'WAITS',
          `This process keeps ${waits} calls of waitForOperation waiting at a time, and it does: try again later, or subscribe.`,
        );
      }
      counts.set(subject, own + 1);
      count += 1;
      return () => {
        const left = (counts.get(subject) ?? 1) - 1;
        if (left === 0) counts.delete(subject);
        else counts.set(subject, left);
        count -= 1;
      };
    },
    get count() {
      return count;
    },
  };
}
