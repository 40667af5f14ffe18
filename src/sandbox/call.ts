import { type Random } from '../lib/random.js';
import { type Limiter } from './limits.js';
import { type Life } from './lives.js';
import { type GraphRequest } from './message.js';
import { type ODataPath } from './odata.js';
import { type People, type User } from './people.js';
import { type Tenant } from './tenant.js';

/** All that the sandbox's Graph consists of. */
export interface World {
  readonly random: Random;
  readonly people: People;
  readonly tenant: Tenant;
  readonly limiter: Limiter;
  readonly pageSize: number;
  /** How long an operation that was just started answers 404. */
  readonly invisibleForMs: number;
  /** How far the read of a single chat operation lags behind the list; Graph's page warns of that. */
  readonly chatItemLagMs: number;
  /** The life of an operation that a request starts. */
  readonly nextLife: () => Life;
}

/** A request that is known to be good so far: somebody's, for a path there is. */
export interface Call {
  readonly request: GraphRequest;
  readonly path: ODataPath;
  readonly user: User;
  readonly world: World;
  /** Epoch ms. */
  readonly now: number;
  /** What stands in the path for `{name}` of its route; empty when the route has no such name. */
  readonly key: (name: string) => string;
}
