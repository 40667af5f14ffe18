import { type World } from './call.js';
import { guid, operationIdFor } from './ids.js';
import { type Life } from './lives.js';
import { type Steps } from './steps.js';
import { type Host, type HostKind, type Operation } from './tenant.js';

export interface Beginning {
  /** Graph's word; `archiveTeam` in a team and `createChat` in a chat unless told. */
  readonly operationType?: string;
  /** As a started operation would have it unless told. */
  readonly life?: Life;
  readonly id?: string;
  /** Epoch ms; now unless told. */
  readonly createdAt?: number;
  /** How long it answers 404; as the sandbox has it unless told. */
  readonly invisibleForMs?: number;
  /** What is made or changed, when that is not the host itself. */
  readonly target?: { readonly id: string; readonly location: string };
}

/** Without a host a new one is made for it, of which the demo's user is a member. */
export interface BeginningSomewhere extends Beginning {
  readonly hostId?: string;
}

/** An operation, as somebody has to know it who wants to read it again. */
export interface Begun {
  readonly hostId: string;
  readonly operationId: string;
  /** As the header has it: without host or version, its key syntax depending on the kind of operation. */
  readonly location: string;
  /** With the version, in slash form, percent-encoded: `/beta/chats/19%3A…%40thread.v2/operations/…`. */
  readonly path: string;
}

const DEFAULT_TYPE: Readonly<Record<HostKind, string>> = { team: 'archiveTeam', chat: 'createChat' };

/** The version and the collection in which operations of such a host are read. */
const ROOT: Readonly<Record<HostKind, string>> = { team: 'v1.0/teams', chat: 'beta/chats' };

export function begin(world: World, host: Host, beginning: Beginning, now: number): Begun {
  const {
    operationType = DEFAULT_TYPE[host.kind],
    createdAt = now,
    target = targetOf(host, operationType),
  } = beginning;
  const operation = world.tenant.begin(
    host,
    {
      id: beginning.id ?? operationIdFor(host.kind, () => guid(world.random)),
      operationType,
      createdAt,
      visibleAt: createdAt + (beginning.invisibleForMs ?? world.invisibleForMs),
      life: beginning.life ?? world.nextLife(),
      targetResourceId: target.id,
      targetResourceLocation: target.location,
      steps: stepsOf(operationType, world),
      ticks: Math.floor(world.random() * 10_000),
    },
    now,
  );
  return {
    hostId: host.id,
    operationId: operation.id,
    location: headerLocation(operation),
    path: `/${ROOT[host.kind]}/${encodeURIComponent(host.id)}/operations/${encodeURIComponent(operation.id)}`,
  };
}

/** The forms in which the documentation page of each request shows it. Nothing in them is percent-encoded. */
function headerLocation({ host, id, operationType }: Operation): string {
  switch (operationType) {
    case 'cloneTeam':
    case 'archiveTeam':
    case 'unarchiveTeam':
      return `/teams(${host.id})/operations(${id})`;
    case 'archiveChannel':
    case 'unarchiveChannel':
    case 'createChannel':
      return `/teams/${host.id}/operations/${id}`;
    default:
      return `/${host.kind}s('${quote(host.id)}')/operations('${quote(id)}')`;
  }
}

/** A key between quotes of OData. */
export function quote(key: string): string {
  return key.replaceAll("'", "''");
}

function targetOf({ kind, id }: Host, operationType: string): { id: string; location: string } {
  const ofGroup = operationType === 'archiveTeam' || operationType === 'unarchiveTeam';
  return { id, location: ofGroup ? `/groups('${quote(id)}')/team` : `/${kind}s('${quote(id)}')` };
}

/** Two apps that Microsoft documents: Planner's and the website tab's. */
const APPS = ['com.microsoft.teamspace.tab.planner', 'com.microsoft.teamspace.tab.web'];
const CHAT_APPS = ['1542629c-01b3-4a6d-8f76-1938b779e48d'];
const CHANNELS = ['General', 'Announcements', 'Questions'];

/** Only what is made of parts tells of them. */
function stepsOf(operationType: string, { random }: World): Steps | null {
  if (operationType === 'createChat') return { apps: CHAT_APPS, channels: [], workflowId: '' };
  if (operationType !== 'createTeam' && operationType !== 'cloneTeam') return null;
  return { apps: APPS, channels: CHANNELS, workflowId: `northeurope.${guid(random)}` };
}
