import { ApolloServer, HeaderMap, type ApolloServerPlugin, type GraphQLResponse } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { GraphQLError, OperationTypeNode, parse, type DocumentNode, type GraphQLSchema } from 'graphql';
import { type ApiContext } from '../api/context.js';
import { formatError, type ErrorReport } from '../api/errors.js';
import { upstreamOf } from '../api/upstream.js';
import { type Log } from '../lib/log.js';
import { limitExceeded } from './document-limits.js';
import { dropUndeclared, type Documents } from './documents.js';

export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly report: ErrorReport;
}

export async function startApollo({ schema, documents, report }: ApolloOptions): Promise<ApolloServer<ApiContext>> {
  const apollo = new ApolloServer<ApiContext>({
    schema,
    introspection: true, // `documents` decides
    documentStore: null, // and keeps them
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    persistedQueries: false,
    formatError: (formatted, error) => (error instanceof GraphQLError ? formatError(error, report) : formatted),
    logger: loggerOf(report.log),
    // The cache-control plugin wraps every field resolver of the schema; nothing here is cacheable by others anyway.
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      // A page from elsewhere, and reports to elsewhere: nothing here leaves for anybody but Graph.
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      documentsPlugin(documents, report),
      upstreamPlugin,
    ],
  });
  await apollo.start();
  return apollo;
}

/** Stands for a document that is not run: Apollo wants one before it lets a plugin answer. */
const REFUSED = parse('{ __typename }', { noLocation: true });

/**
 * Takes a request's document from `documents` instead of Apollo's own parser, so that the same may run here and over a
 * websocket. Apollo parses what has no `document` yet.
 */
function documentsPlugin(documents: Documents, report: ErrorReport): ApolloServerPlugin<ApiContext> {
  return {
    requestDidStart: ({ contextValue }) => {
      let errors: readonly GraphQLError[] = [];
      let giveBack = (): void => undefined;
      return Promise.resolve({
        didResolveSource(context) {
          const { query, operationName, variables } = context.request;
          const checked = documents.check({ query, operationName, variables });
          if ('errors' in checked) ({ errors } = checked);
          else {
            dropUndeclared(variables, checked.operation);
            const subject = contextValue.subject() ?? '';
            const noRoom = documents.inUse.take(subject, checked.good);
            if (noRoom === null) giveBack = () => documents.inUse.giveBack(subject, checked.good);
            else errors = [limitExceeded(noRoom.limit, noRoom.message)];
          }
          (context as { document?: DocumentNode }).document =
            'errors' in checked || errors.length > 0 ? REFUSED : checked.document;
          return Promise.resolve();
        },
        willSendResponse() {
          giveBack();
          giveBack = () => undefined;
          return Promise.resolve();
        },
        didResolveOperation({ operation }) {
          if (operation?.operation === OperationTypeNode.SUBSCRIPTION) throw subscriptionOverHttp();
          return Promise.resolve();
        },
        responseForOperation: () => Promise.resolve(errors.length > 0 ? refusalOf(errors, report) : null),
      });
    },
  };
}

function refusalOf(errors: readonly GraphQLError[], report: ErrorReport): GraphQLResponse {
  return {
    http: badRequest(),
    body: { kind: 'single', singleResult: { errors: errors.map((error) => formatError(error, report)) } },
  };
}

function subscriptionOverHttp(): GraphQLError {
  return new GraphQLError(
    'A subscription goes over a websocket to this address, in the protocol graphql-transport-ws.',
    {
      extensions: { code: 'BAD_USER_INPUT', http: badRequest() },
    },
  );
}

function badRequest() {
  return { status: 400, headers: new HeaderMap() };
}

/** Says in every answer what it cost, of a document that was refused too. */
const upstreamPlugin: ApolloServerPlugin<ApiContext> = {
  requestDidStart: () =>
    Promise.resolve({
      willSendResponse: ({ response, contextValue }) => {
        if (response.body.kind === 'single') {
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
