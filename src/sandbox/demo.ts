import { begin } from './beginning.js';
import { type World } from './call.js';
import { namedGuid, operationIdFor } from './ids.js';
import { type Life } from './lives.js';
import { type User } from './people.js';
import { type Host, type HostKind } from './tenant.js';

/** The token of the demo's user, good in every sandbox. */
export const SANDBOX_TOKEN = 'sandbox-token';

export const DEMO_USER: User = {
  id: '7a1e5a1e-0000-4000-8000-000000000001',
  displayName: 'Nora Lindqvist',
  userPrincipalName: 'nora@sandbox.example',
};

/** A team and a chat that are there in every demo, and in each an operation that began with it; documents may name them. */
export const DEMO = {
  teamId: '7ea00000-0000-4000-8000-000000000001',
  teamOperationId: '0be7a000-0000-4000-8000-000000000001',
  chatId: '19:c4a70000000040008000000000000001@thread.v2',
  chatOperationId:
    '0be7a000-0000-4000-8000-000000000002-0be7a000-0000-4000-8000-000000000003-0be7a000-0000-4000-8000-000000000004',
} as const;

/** Operations of one type that follow one another in a team or chat. */
interface Lane {
  readonly operationType: string;
  /** When the first begins, after the start of the sandbox. */
  readonly firstAfterMs: number;
  /** From one to the next; null when there is only the first. */
  readonly everyMs: number | null;
  /** The lives they have in turn. */
  readonly lives: readonly Life[];
  /** The id of the first, where a document may name it. */
  readonly firstId?: string;
}

interface Place {
  readonly kind: HostKind;
  readonly id: string;
  readonly displayName: string;
  readonly lanes: readonly Lane[];
}

const QUICK: Life = { startsAfterMs: 4_000, succeedsAfterMs: 22_000 };
const STEADY: Life = { startsAfterMs: 8_000, succeedsAfterMs: 48_000 };
const LONG: Life = { startsAfterMs: 12_000, succeedsAfterMs: 85_000 };
const SECOND_ATTEMPT: Life = { startsAfterMs: 6_000, retriesAfterMs: [25_000], succeedsAfterMs: 60_000 };
const THIRD_ATTEMPT: Life = { startsAfterMs: 5_000, retriesAfterMs: [20_000, 45_000], succeedsAfterMs: 75_000 };
const FAILED: Life = { startsAfterMs: 5_000, failsAfterMs: 40_000 };
const REFUSED: Life = {
  startsAfterMs: 3_000,
  failsAfterMs: 28_000,
  error: { code: 'Forbidden', message: 'The site of the channel could not be provisioned.' },
};
const STALLED: Life = { startsAfterMs: 10_000, stalls: true };

function team(displayName: string, lanes: readonly Lane[], id = namedGuid(displayName)): Place {
  return { kind: 'team', id, displayName, lanes };
}

function chat(displayName: string, lanes: readonly Lane[], id = namedGuid(displayName).replaceAll('-', '')): Place {
  return { kind: 'chat', id: id.startsWith('19:') ? id : `19:${id}@thread.v2`, displayName, lanes };
}

function lane(operationType: string, firstAfterMs: number, everyMs: number | null, ...lives: Life[]): Lane {
  return { operationType, firstAfterMs, everyMs, lives };
}

const PLACES: readonly Place[] = [
  team(
    'Launch of the autumn catalogue',
    [
      { ...lane('cloneTeam', 0, 95_000, LONG, STEADY, SECOND_ATTEMPT), firstId: DEMO.teamOperationId },
      lane('createChannel', 7_000, 100_000, QUICK, REFUSED, STEADY),
      lane('archiveChannel', 26_000, 110_000, SECOND_ATTEMPT, QUICK),
    ],
    DEMO.teamId,
  ),
  team('Customer support, north', [
    lane('createTeam', -30_000, 120_000, LONG, THIRD_ATTEMPT),
    lane('unarchiveChannel', 15_000, 105_000, STEADY, FAILED),
  ]),
  team('Hiring: design', [
    lane('teamifyGroup', 3_000, 100_000, STEADY, QUICK, FAILED),
    lane('createChannel', 40_000, 115_000, LONG, QUICK),
  ]),
  team('Moving to Harbour Street', [
    lane('cloneTeam', 12_000, 130_000, THIRD_ATTEMPT, STEADY),
    lane('archiveTeam', 0, null, STALLED),
  ]),
  team('Year-end audit', [lane('archiveTeam', -60_000, null, STEADY), lane('unarchiveTeam', 20_000, null, LONG)]),
  chat(
    'Planning: autumn catalogue',
    [
      {
        ...lane('createChat', 0, 100_000, STEADY, QUICK, SECOND_ATTEMPT),
        firstId: DEMO.chatOperationId,
      },
      lane('createChat', 35_000, 120_000, LONG, FAILED),
    ],
    DEMO.chatId,
  ),
  chat('Nora and Tomas', [lane('createChat', 10_000, 110_000, QUICK, STEADY)]),
  chat('Harbour Street: keys and parking', [lane('createChat', 25_000, 105_000, SECOND_ATTEMPT, FAILED, QUICK)]),
  chat('On call', [lane('createChat', -20_000, 125_000, THIRD_ATTEMPT, STEADY)]),
];

/** The teams and chats that are there in every demo. */
export const DEMO_HOSTS = PLACES.map(({ kind, id, displayName }) => ({ kind, id, displayName }));

/** How many of a lane are kept beside its first, which stays since documents may name it. */
const KEPT_PER_LANE = 3;

/**
 * Fills the sandbox with teams and chats in which operations begin, move and end for as long as somebody looks. Nothing
 * runs between two looks: what has begun since the last one is worked out from the time, so memory stays flat.
 *
 * @param startedAt epoch ms
 * @returns brings it up to the moment `now`
 */
export function seedDemo(world: World, startedAt: number): (now: number) => void {
  const runs = PLACES.flatMap(({ lanes, ...place }) => {
    const host = world.tenant.addHost({ ...place, createdAt: startedAt - DAY_MS, members: [DEMO_USER.id] });
    return lanes.map((lane, at): Run => ({ lane, host, name: `${place.displayName}/${at}`, nextNumber: 0, kept: [] }));
  });
  let nextAt = -Infinity;

  return (now) => {
    if (now < nextAt) return;
    const due = runs.flatMap((run) => dueOf(run, now - startedAt)).sort((a, b) => a.afterMs - b.afterMs);
    for (const { run, number, afterMs } of due) {
      const { lane, host } = run;
      const life = lane.lives[number % lane.lives.length] ?? STEADY;
      begin(
        world,
        host,
        {
          operationType: lane.operationType,
          life,
          id: idOf(run, number),
          createdAt: startedAt + afterMs,
          invisibleForMs: 0,
        },
        now,
      );
      run.nextNumber = number + 1;
      if (number > 0) run.kept.push(number);
      const oldest = run.kept.length > KEPT_PER_LANE ? run.kept.shift() : undefined;
      if (oldest !== undefined) world.tenant.forget(host, idOf(run, oldest));
    }
    nextAt = startedAt + Math.min(...runs.map(({ lane, nextNumber }) => beginsAfterMs(lane, nextNumber)));
  };
}

const DAY_MS = 86_400_000;

/** A lane on its way. */
interface Run {
  readonly lane: Lane;
  readonly host: Host;
  /** Of the lane: its operations are named after it, so they have the same ids each time. */
  readonly name: string;
  nextNumber: number;
  /** The numbers that are still listed, ascending, without the first. */
  readonly kept: number[];
}

/** When the operation of that number begins; never, when there is none. */
function beginsAfterMs({ firstAfterMs, everyMs }: Lane, number: number): number {
  if (number === 0) return firstAfterMs;
  return everyMs === null ? Infinity : firstAfterMs + number * everyMs;
}

/** What has begun by now. After a long time in which nobody looked, only the newest count. */
function dueOf(run: Run, ageMs: number): { run: Run; number: number; afterMs: number }[] {
  const { lane, nextNumber } = run;
  const newest = lane.everyMs === null ? 0 : Math.floor((ageMs - lane.firstAfterMs) / lane.everyMs);
  const numbers = nextNumber === 0 ? [0] : [];
  for (let number = Math.max(1, nextNumber, newest - KEPT_PER_LANE + 1); number <= newest; number++)
    numbers.push(number);
  return numbers
    .map((number) => ({ run, number, afterMs: beginsAfterMs(lane, number) }))
    .filter(({ afterMs }) => afterMs <= ageMs);
}

function idOf({ lane, host, name }: Run, number: number): string {
  if (number === 0 && lane.firstId !== undefined) return lane.firstId;
  let piece = 0;
  return operationIdFor(host.kind, () => namedGuid(`${name}/${number}/${piece++}`));
}
