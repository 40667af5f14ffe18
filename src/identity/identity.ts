import { type GraphError } from '../operation/failure.js';
import { type Caller } from '../operation/scope.js';

/** Who asks, from what a request says of itself. One form for each GRAPH_AUTH. */
export interface Identity {
  /**
   * It never rejects.
   *
   * @param authorization the value of the Authorization header, or of `authorization` in connection_init or a ping
   * @returns the caller; null when nothing was said; an error when it was said wrongly, is not believed or not enough
   */
  readonly identify: (authorization: string | undefined) => Promise<Caller | GraphError | null>;
  /** Ends what is under way. */
  readonly close: () => Promise<void>;
}
