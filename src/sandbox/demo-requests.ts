import { DEMO } from './demo.js';
import { namedGuid } from './ids.js';
import { type Life } from './lives.js';
import { type JsonObject } from './message.js';

/** A request of Graph's that starts an operation, and the life that is ordered for it. */
export interface DemoRequest {
  readonly name: string;
  readonly path: string;
  readonly body: JsonObject;
  readonly life: Life;
}

/** Teams of the demo, one for each request: a team has its own limit, and people press all buttons in a row. */
const TEAMS = {
  archived: DEMO.teamId,
  cloned: namedGuid('Hiring: design'),
  failing: namedGuid('Customer support, north'),
  stalled: namedGuid('Moving to Harbour Street'),
};

/**
 * What a page can offer to whoever wants to see an operation begin: the requests as an application would make them. Each
 * life is slow enough to be seen at every state with the half minute that lies between two checks.
 */
export const DEMO_REQUESTS: readonly DemoRequest[] = [
  {
    name: 'archiveTeam',
    path: `/v1.0/teams/${TEAMS.archived}/archive`,
    body: { shouldSetSpoSiteReadOnlyForMembers: true },
    life: { startsAfterMs: 4_000, succeedsAfterMs: 40_000 },
  },
  {
    name: 'cloneTeam',
    path: `/v1.0/teams/${TEAMS.cloned}/clone`,
    body: {
      displayName: 'Launch of the spring catalogue',
      mailNickname: 'spring-catalogue',
      partsToClone: 'apps,tabs,settings,channels',
      visibility: 'private',
    },
    life: { startsAfterMs: 5_000, succeedsAfterMs: 55_000 },
  },
  {
    name: 'createTeam',
    path: '/v1.0/teams',
    body: {
      'template@odata.bind': "https://graph.microsoft.com/v1.0/teamsTemplates('standard')",
      displayName: 'Trade fair in Lyon',
    },
    life: { startsAfterMs: 3_000, retriesAfterMs: [40_000], succeedsAfterMs: 75_000 },
  },
  {
    name: 'failingArchive',
    path: `/v1.0/teams/${TEAMS.failing}/archive`,
    body: {},
    life: {
      startsAfterMs: 3_000,
      failsAfterMs: 35_000,
      error: { code: 'Forbidden', message: 'The site of the team is locked and could not be made read-only.' },
    },
  },
  {
    name: 'stalledClone',
    path: `/v1.0/teams/${TEAMS.stalled}/clone`,
    body: { displayName: 'A copy that never ends', partsToClone: 'channels' },
    life: { startsAfterMs: 2_000, stalls: true },
  },
];
