import { Client, fetchExchange, subscriptionExchange, type SubscriptionForwarder } from 'urql';
import { type Link } from './link.js';

/** urql over the gateway's public API: queries over HTTP, subscriptions over the link's websocket, resumed by themselves. */
export function createGatewayClient(endpoint: string, link: Link): Client {
  return new Client({
    url: endpoint,
    preferGetMethod: false,
    requestPolicy: 'network-only',
    fetchOptions: () => ({ headers: link.headers() }),
    exchanges: [subscriptionExchange({ forwardSubscription: forwardTo(link) }), fetchExchange],
  });
}

function forwardTo({ socket }: Link): SubscriptionForwarder {
  return ({ query = '', variables }) => ({
    subscribe(sink) {
      const payload = { query, variables: variables as Record<string, unknown> | undefined };
      const unsubscribe = socket.subscribe(payload, {
        next(told) {
          // urql would hold an error against every later event, unless that says itself that it has none.
          sink.next({ data: told.data ?? null, errors: [...(told.errors ?? [])] });
        },
        error(error) {
          if (!Array.isArray(error)) {
            sink.error(error);
            return;
          }
          sink.next({ data: null, errors: error });
          sink.complete(); // with which urql says once more what it said last, and that nothing follows
        },
        complete: () => sink.complete(),
      });
      return { unsubscribe };
    },
  });
}
