import { type Client, type FormattedExecutionResult } from 'graphql-ws/client';

export interface BeginningAnewOptions {
  /** Whether a subscription that has failed begins once more. */
  readonly afterFailure: (problem: unknown) => boolean;
  /** The same for one that ends with this result, which nobody hears of then; asked once between two results that are good. */
  readonly afterResult: (result: Pick<FormattedExecutionResult, 'errors'>) => boolean;
  /** Is called before a subscription begins anew for a result's sake. */
  readonly prepare: () => void;
}

/** Makes the subscriptions of a client begin once more where they would end. */
export function beginningAnew(client: Client, { afterFailure, afterResult, prepare }: BeginningAnewOptions): Client {
  const subscribe: Client['subscribe'] = (payload, sink) => {
    let isLeft = false;
    let leave = (): void => undefined;
    /** The last result said that another token is needed: as it comes, and until the next good one. */
    let isRefused = false;
    let wasRefused = false;
    const begin = (): void => {
      leave = client.subscribe<Record<string, unknown>, never>(payload, {
        next(result) {
          if (!wasRefused && result.errors !== undefined && afterResult(result)) {
            [isRefused, wasRefused] = [true, true];
            return;
          }
          if (result.errors === undefined) wasRefused = false;
          sink.next(result as Parameters<typeof sink.next>[0]);
        },
        error(problem) {
          if (isLeft || !afterFailure(problem)) sink.error(problem);
          else again();
        },
        complete() {
          if (isLeft || !isRefused) {
            sink.complete();
            return;
          }
          isRefused = false;
          queueMicrotask(() => {
            if (isLeft) return;
            prepare();
            again();
          });
        },
      });
    };
    const again = (): void => {
      leave();
      begin();
    };
    begin();
    return () => {
      isLeft = true;
      leave();
    };
  };
  return { ...client, subscribe };
}
