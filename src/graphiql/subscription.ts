import { type ExecutionResult } from 'graphql';
import { type Client, createClient, type SubscribePayload } from 'graphql-ws/client';
import { resuming } from '../client/resuming.js';
import { explain, isClose } from './failure.js';
import { type TypedHeaders } from './typed-headers.js';

export interface Subscription {
  /** Of the gateway, as it is asked over HTTP. */
  readonly endpoint: URL;
  readonly payload: SubscribePayload;
  /** Those that it begins with. */
  readonly headers: Headers;
  readonly typed: Pick<TypedHeaders, 'follow'>;
}

/**
 * The results of a subscription over websockets of its own. Where another Authorization is typed while it runs, it goes
 * on over a new one: from the last cursor that came, if the document takes it as `$after`. One that breaks is opened
 * again some times, by graphql-ws; one that the gateway closes with a code of its own is not.
 */
export function subscribe({ endpoint, payload, headers, typed }: Subscription): AsyncIterable<ExecutionResult> {
  const client = resuming(followingClient(endpoint, headers.get('authorization'), typed));
  const events = client.iterate(payload) as AsyncIterableIterator<ExecutionResult>; // as GraphiQL calls what it prints
  // Not a generator around `events`: its return() would wait for the next event, and Stop would not stop.
  const results: AsyncIterator<ExecutionResult> = {
    next: () => events.next().catch((problem: unknown) => ({ done: false, value: explain(problem) })),
    return: () => events.return?.() ?? Promise.resolve({ done: true, value: undefined }),
  };
  return { [Symbol.asyncIterator]: () => results };
}

/** A client whose subscription goes on over a new websocket with each other Authorization that is typed. */
function followingClient(endpoint: URL, begun: string | null, typed: Pick<TypedHeaders, 'follow'>): Client {
  const first = connect(endpoint, begun);
  const subscribe: Client['subscribe'] = (payload, sink) => {
    const begin = (client: Client): (() => void) => {
      let isLeft = false; // the end of a connection that was left is not the stream's
      const leave = client.subscribe<Record<string, unknown>, never>(payload, {
        next(result) {
          if (!isLeft) sink.next(result as Parameters<typeof sink.next>[0]);
        },
        error(problem) {
          if (!isLeft) sink.error(problem);
        },
        complete() {
          if (!isLeft) sink.complete();
        },
      });
      return () => {
        isLeft = true;
        leave();
      };
    };
    let authorization = begun;
    let leave = begin(first);
    const unfollow = typed.follow((headers) => {
      if (headers.get('authorization') === authorization) return;
      authorization = headers.get('authorization');
      leave();
      leave = begin(connect(endpoint, authorization));
    });
    return () => {
      unfollow();
      leave();
    };
  };
  return { ...first, subscribe };
}

/** Close codes from here on are an application's own words; below are the protocol's. Source: RFC 6455, 7.4.2. */
const FIRST_CODE_OF_APPLICATIONS = 4000;

/** Of a request's headers a websocket can have Authorization alone, and its `connection_init` is where a page can say it. */
function connect(endpoint: URL, authorization: string | null): Client {
  const url = new URL(endpoint);
  url.protocol = endpoint.protocol === 'https:' ? 'wss:' : 'ws:';
  return createClient({
    url: url.href,
    ...(authorization === null ? {} : { connectionParams: { authorization } }),
    shouldRetry: (problem) => isClose(problem) && problem.code < FIRST_CODE_OF_APPLICATIONS,
  });
}
