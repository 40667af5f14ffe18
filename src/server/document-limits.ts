import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import { maxDirectivesRule } from '@escape.tech/graphql-armor-max-directives';
import { GraphQLError, type ValidationContext, type ValidationRule } from 'graphql';
import { LimitError, type LimitName } from '../operation/failure.js';

/** What a document may look like. */
export interface DocumentLimits {
  /** Characters, those of comments too. */
  readonly documentLength: number;
  /** Fields below one another. */
  readonly documentDepth: number;
  readonly documentAliases: number;
  readonly documentDirectives: number;
  /** Words and signs. */
  readonly documentTokens: number;
  /** See Costs. */
  readonly documentCost: number;
}

/**
 * The bounds that a document shows when it is read. They come before GraphQL's own rules, some of which take a time that
 * grows with the square of what they read.
 */
export function documentLimitRules(limits: DocumentLimits): readonly ValidationRule[] {
  const { documentDepth, documentAliases, documentDirectives } = limits;
  return [
    // What introspection asks is deep, and graphql-js has a rule of its own for it.
    maxDepthRule({
      n: documentDepth,
      flattenFragments: true,
      ...refusal('DOCUMENT_DEPTH', `A document has fields in at most ${documentDepth} levels.`),
    }),
    maxAliasesRule({
      n: documentAliases,
      allowList: [], // by default `__typename` goes uncounted
      ...refusal('DOCUMENT_ALIASES', `A document has at most ${documentAliases} aliases: send several requests.`),
    }),
    maxDirectivesRule({
      n: documentDirectives,
      ...refusal('DOCUMENT_DIRECTIVES', `A document has at most ${documentDirectives} directives.`),
    }),
  ] as readonly ValidationRule[];
}

function refusal(limit: LimitName, message: string) {
  return {
    propagateOnRejection: false,
    onReject: [
      (context: ValidationContext | null) => {
        context?.reportError(limitExceeded(limit, message));
      },
    ],
  };
}

/** A limit as the reason of an error that GraphQL reports. */
export function limitExceeded(limit: LimitName, message: string): GraphQLError {
  return new GraphQLError(message, { originalError: new LimitError(limit, message) });
}
