/**
 * Under whose authority a read is made: a keyed hash of the caller's token. It names a caller inside one gateway and
 * tells nothing of the token to whoever sees it.
 */
export type Scope = string & { readonly __brand: 'Scope' };

/**
 * A caller and its right to ask Graph. The token is behind a function, so that no log, error or JSON of a Caller can
 * hold it.
 */
export interface Caller {
  readonly scope: Scope;
  /** The bearer token to show to Graph, without the word Bearer. */
  accessToken(): Promise<string>;
}
