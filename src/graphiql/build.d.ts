/** What tools/build-graphiql.mjs puts into the bundle. */

/** A document of schema/examples as it stands in its file, and the text of its variables, if it takes any. */
interface Example {
  readonly query: string;
  readonly variables?: string;
}

/** The subscription to `operationStatusChanged` first, then the others by file name. */
declare const EXAMPLES: readonly Example[];

/** The workers of the editor by their names in Monaco; file names beside the bundle's own. */
declare const WORKERS: Readonly<Record<'graphql' | 'json' | 'editor', string>>;

declare module '*.css';
