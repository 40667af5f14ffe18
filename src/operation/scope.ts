/**
 * Under whose authority a read is made: a keyed hash of the caller's token, or of the tenant and user where the gateway
 * verified them. It names an authority inside one gateway and tells nothing of the token to whoever sees it.
 */
export type Scope = string & { readonly __brand: 'Scope' };

/**
 * A caller and its right to ask Graph. The token is behind a function, so that no log, error or JSON of a Caller can
 * hold it.
 */
export interface Caller {
  readonly scope: Scope;
  /** Who asks, as a keyed hash; what one caller may have is counted by it. Of one scope there may be many. */
  readonly subject: string;
  /** With which token, as a keyed hash. That Graph refuses one says nothing of the next. */
  readonly credential: string;
  /** As whom Graph sees its reads. Of a token of the gateway's own that is refused no caller is to blame. */
  readonly graphSees: 'caller' | 'gateway';
  /** When the caller's token ends, epoch ms; null where only Graph can know. */
  readonly expiresAt: number | null;
  /**
   * The bearer token to show to Graph, without the word Bearer.
   * @throws {GraphError} when none can be had for this caller
   */
  accessToken(): Promise<string>;
  /**
   * Graph refused an access token that the gateway had got itself: the next one is a new one. Missing where the token is
   * the caller's own, and there is no other.
   */
  discardToken?(token: string): void;
}
