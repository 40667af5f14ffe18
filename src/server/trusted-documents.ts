import { createHash } from 'node:crypto';
import { GraphQLError, parse, specifiedRules, validate, type DocumentNode, type GraphQLSchema } from 'graphql';
import { unconditionalSubscriptionsRule } from './subscription-roots.js';

/** A document of the manifest, ready to run. */
export interface TrustedDocument {
  readonly text: string;
  readonly document: DocumentNode;
}

/** The documents that this gateway runs when it runs no others. */
export interface TrustedDocuments {
  /** By its text, to the letter. */
  byText(text: string): TrustedDocument | undefined;
  /** By its id in the manifest or the SHA-256 of its text, with or without `sha256:` before it. */
  byId(id: string): TrustedDocument | undefined;
}

/** What is wrong with the documents of a manifest, one line each. */
export class TrustedDocumentsError extends Error {
  override readonly name = 'TrustedDocumentsError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** @throws {TrustedDocumentsError} that names each document that cannot run */
export function createTrustedDocuments(schema: GraphQLSchema, manifest: ReadonlyMap<string, string>): TrustedDocuments {
  const byText = new Map<string, TrustedDocument>();
  const byId = new Map<string, TrustedDocument>();
  const problems: string[] = [];
  for (const [id, text] of manifest) {
    try {
      const document = parse(text, { noLocation: true });
      const [error] = validate(schema, document, [unconditionalSubscriptionsRule, ...specifiedRules]);
      if (error !== undefined) throw error;
      const trusted = { text, document };
      byText.set(text, trusted);
      byId.set(createHash('sha256').update(text).digest('hex'), trusted);
      byId.set(withoutAlgorithm(id), trusted);
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      problems.push(`TRUSTED_DOCUMENTS has a document ${JSON.stringify(id)} that cannot run: ${error.message}`);
    }
  }
  if (problems.length > 0) throw new TrustedDocumentsError(problems);
  return { byText: (text) => byText.get(text), byId: (id) => byId.get(withoutAlgorithm(id)) };
}

function withoutAlgorithm(id: string): string {
  return id.replace(/^sha256:/, '');
}
