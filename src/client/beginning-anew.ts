import { type Client } from 'graphql-ws/client';

/** Makes the subscriptions of a client begin once more after a failure, instead of ending with it, where `canBegin` says so. */
export function beginningAnew(client: Client, canBegin: (problem: unknown) => boolean): Client {
  const subscribe: Client['subscribe'] = (payload, sink) => {
    let isLeft = false;
    let leave = (): void => undefined;
    const begin = (): void => {
      leave = client.subscribe<Record<string, unknown>, never>(payload, {
        next: (result) => sink.next(result as Parameters<typeof sink.next>[0]),
        error(problem) {
          if (isLeft || !canBegin(problem)) {
            sink.error(problem);
            return;
          }
          leave();
          begin();
        },
        complete: () => sink.complete(),
      });
    };
    begin();
    return () => {
      isLeft = true;
      leave();
    };
  };
  return { ...client, subscribe };
}
