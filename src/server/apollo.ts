import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import { type ApiContext } from '../api/context.js';
import { formatError } from '../api/errors.js';
import { upstreamOf } from '../api/upstream.js';
import { type Log } from '../lib/log.js';

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly introspection: boolean;
  readonly log: Log;
}

export async function startApollo({ schema, introspection, log }: ApolloOptions): Promise<ApolloServer<ApiContext>> {
  const apollo = new ApolloServer<ApiContext>({
    schema,
    introspection,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    formatError: (formatted, error) => (error instanceof GraphQLError ? formatError(error, log) : formatted),
    logger: loggerOf(log),
    // The cache-control plugin wraps every field resolver of the schema; nothing here is cacheable by others anyway.
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      // A page from elsewhere, and reports to elsewhere: nothing here leaves for anybody but Graph.
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      upstreamPlugin,
    ],
  });
  await apollo.start();
  return apollo;
}

/** Says in every answer what it cost. */
const upstreamPlugin: ApolloServerPlugin<ApiContext> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse: ({ response, contextValue }) => {
        if (response.body.kind === 'single' && response.body.singleResult.data !== undefined) {
          const { singleResult } = response.body;
          singleResult.extensions = { ...singleResult.extensions, upstream: upstreamOf(contextValue.cost) };
        }
        return Promise.resolve();
      },
    }),
};

function loggerOf(log: Log) {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message: unknown) => {
    log[level]({ message: message instanceof Error ? message.message : String(message) }, 'apollo');
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}
