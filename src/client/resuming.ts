import { type Client, type FormattedExecutionResult, type SubscribePayload } from 'graphql-ws/client';
import { isObject } from './operations-error.js';
import { pull } from './pull.js';

/**
 * Makes the subscriptions of any client of graphql-ws resume by themselves: after each reconnect they go on behind the
 * last event that came, so that nothing is missed and nothing is repeated. Give what it returns to Apollo's
 * GraphQLWsLink, to urql, to Relay, or use it as it is:
 *
 *     const client = resuming(createClient({ url, shouldRetry: () => true }));
 *
 * The document has to declare `$after: String`, hand it to the subscription, and ask for the `cursor`.
 */
export function resuming(client: Client): Client {
  const subscribe: Client['subscribe'] = (payload, sink) => {
    const place = placeOf(payload);
    return client.subscribe<Record<string, unknown>, never>(place.payload, {
      next(result) {
        place.note(result);
        sink.next(result as Parameters<typeof sink.next>[0]);
      },
      error: (problem) => sink.error(problem),
      complete: () => sink.complete(),
    });
  };
  return {
    ...client,
    subscribe,
    iterate: <Data, Extensions>(payload: SubscribePayload) =>
      pull<FormattedExecutionResult<Data, Extensions>>({
        begin: ({ put, end }) => subscribe<Data, Extensions>(payload, { next: put, error: end, complete: () => end() }),
      }),
  };
}

/** Where a subscription stands. */
interface Place {
  /**
   * To subscribe with. graphql-ws sends this same object again with each connection, so its variables say where to go
   * on at the moment at which they are written.
   */
  readonly payload: SubscribePayload;
  /** Something has come. */
  note(result: { readonly data?: unknown }): void;
}

function placeOf(payload: SubscribePayload): Place {
  let newest: unknown = payload.variables?.['after'];
  const variables = Object.defineProperty({ ...payload.variables }, 'after', {
    enumerable: true,
    get: () => newest,
  });
  return {
    payload: { ...payload, variables },
    note({ data }) {
      if (!isObject(data)) return;
      // Whatever the one field is called in the document.
      for (const event of Object.values(data)) {
        if (isObject(event) && typeof event['cursor'] === 'string') newest = event['cursor'];
      }
    },
  };
}
