/** What one request may ask of the resolvers. */
export interface ApiLimits {
  /** Operations that one subscription names. */
  readonly refs: number;
  /** Ids of one `nodes`. */
  readonly ids: number;
  /** `first` of a connection. */
  readonly pageSize: number;
  /** Calls of waitForOperation that wait at a time: of everybody, and of one caller. */
  readonly waits: number;
  readonly waitsPerCaller: number;
  /** How long one of them may wait. */
  readonly waitSeconds: number;
}
