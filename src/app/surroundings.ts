import { type Clock } from '../lib/clock.js';
import { type Log } from '../lib/log.js';
import { type Random } from '../lib/random.js';

/** What a gateway finds around it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly version: string;
  /** Whether the process is this gateway and nothing else; then the metrics tell of its memory and the like too. */
  readonly ownsProcess?: boolean;
  /** Where `npm run build` put GraphiQL. */
  readonly graphiqlDirectory: URL;
  /** Where it put the live board; without it there is none. */
  readonly boardDirectory?: URL;
  /** How long a query waits for others of the same caller to go up with it; a turn of the event loop unless told. */
  readonly gather?: () => Promise<void>;
}
