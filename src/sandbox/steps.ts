import { dotNetDate } from './dates.js';
import { type Standing } from './lives.js';

/** What a team is made of while it is made: the apps it installs and the channels it opens. */
export interface Steps {
  readonly apps: readonly string[];
  readonly channels: readonly string[];
  readonly workflowId: string;
}

/**
 * The undeclared member `Value` of a team's operation: a string that holds JSON, whose states are in PascalCase and
 * whose dates have an offset. The steps are taken one after the other, apps first. Source: recorded answers.
 *
 * @param at epoch ms of the operation's last action
 */
export function stepsText(steps: Steps, standing: Standing, at: number, ticks: number): string {
  const count = steps.apps.length + steps.channels.length;
  const UpdateTimestamp = dotNetDate(at, ticks, '+00:00');
  const item = (Reference: string, Index: number, position: number) => ({
    Index,
    Status: stepStatus(position, Math.floor(standing.progress * count), standing),
    UpdateTimestamp,
    Reference,
  });
  return JSON.stringify({
    apps: steps.apps.map((app, at) => item(app, at + 1, at)),
    channels: steps.channels.map((channel, at) => ({ tabs: [], ...item(channel, at + 1, steps.apps.length + at) })),
    WorkflowId: steps.workflowId,
  });
}

function stepStatus(position: number, done: number, { moment }: Standing): string {
  if (position < done) return 'Succeeded';
  if (position > done || moment.status === 'notStarted') return 'NotStarted';
  return moment.status === 'failed' ? 'Failed' : 'InProgress';
}
