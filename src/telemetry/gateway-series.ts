import { type BudgetLeft } from '../graph/budget.js';
import { type GraphTally } from '../graph/tally.js';
import { type Store } from '../poll/ports.js';
import { type PollTally } from '../poll/tally.js';
import { type FanOutTally } from '../server/fan-out.js';
import { type ServerTally } from '../server/tally.js';
import { type Series } from './metrics.js';

/** Where the numbers come from. */
export interface GatewaySources {
  readonly version: string;
  readonly isReady: () => boolean;
  readonly server: ServerTally;
  readonly fanOut: Readonly<FanOutTally>;
  readonly poll: PollTally;
  readonly graph: GraphTally;
  /** Of websockets and event streams together. */
  readonly caps: { readonly sockets: number; readonly subscriptions: number };
  readonly eventStreams: { readonly count: number };
  readonly coordinator: { readonly watches: number; readonly hosts: number; overdueProofs(): number };
  readonly waits: { readonly count: number };
  /** By what a budget is for. */
  readonly budgets: () => Readonly<Record<string, BudgetLeft>>;
  readonly store: Pick<Store, 'isReady' | 'replicas' | 'health'>;
}

/** Every series of the gateway's own, in the words of docs/operations.md. */
export function gatewaySeries(sources: GatewaySources): readonly Series[] {
  const { server, fanOut, poll, graph, caps, eventStreams, coordinator, waits, budgets, store, version } = sources;
  return [
    gauge('build_info', 'Always 1; the label tells the version.', 'version', () => ({ [version]: 1 })),
    gauge('ready', 'Whether new work is welcome, as /readyz says: 1 or 0.', () => Number(sources.isReady())),

    gauge('sockets', 'Open websockets and event streams.', () => caps.sockets),
    gauge('event_streams', 'Event streams among them, reserved ones too.', () => eventStreams.count),
    gauge('subscriptions', 'Operations that run on them now.', () => caps.subscriptions),
    gauge('waits', 'Calls of waitForOperation that wait now.', () => waits.count),
    counter('events_total', 'Events of subscriptions written to websockets and event streams.', () => fanOut.events),
    counter('event_waves_total', 'Turns in which events were written, to however many.', () => fanOut.waves),
    counter(
      'event_payloads_total',
      'Executions of a document for an event; those that many asked for alike are executed once.',
      () => fanOut.payloads,
    ),
    counter(
      'events_overtaken_total',
      'Changes that a newer one of the same operation overtook before a slow reader took them.',
      () => fanOut.overtaken,
    ),
    counter('answers_total', 'Answers over HTTP, by the class of their status.', 'class', () => server.answers),
    counter(
      'refused_total',
      'Requests, messages and connections that a limit refused, by the limit.',
      'limit',
      () => server.refused,
    ),

    gauge('watches', 'Operations that are watched now.', () => coordinator.watches),
    gauge('watched_hosts', 'Teams and chats of which something is watched now.', () => coordinator.hosts),
    gauge(
      'proofs_overdue',
      'Callers of watched operations who hear nothing because their own read of it is too old or was denied.',
      () => coordinator.overdueProofs(),
    ),
    counter('checks_total', 'Reads of Graph that came to an end, by what came of them.', 'outcome', () => poll.checks),
    histogram(
      'check_lag_seconds',
      'How much later than the interval after its last check a watched operation was checked again.',
      poll.checkLag,
    ),
    counter(
      'reads_saved_total',
      'With each check of a watched operation its subscribers but one: what polling each for itself would have cost.',
      () => poll.savedReads,
    ),
    counter(
      'snapshots_served_total',
      'Operations that queries were told of without a read of Graph.',
      () => poll.served,
    ),
    histogram(
      'snapshot_age_seconds',
      'How old what a query was told of an operation that has not ended was.',
      poll.servedAge,
    ),

    counter('graph_requests_total', 'HTTP requests to Graph: with one read, or a batch.', 'type', () => graph.requests),
    counter('graph_reads_total', "Reads in them; each counts against Graph's limits.", () => graph.reads),
    histogram('graph_request_duration_seconds', 'How long HTTP requests to Graph took.', graph.durations),
    gauge(
      'graph_budget_reads',
      'The budget: reads that may be sent in one second, to one tenant, team or chat.',
      'budget',
      () => byBudget(budgets(), ({ most }) => most),
    ),
    gauge(
      'graph_budget_left_reads',
      'What is left of it at this moment; of teams and of chats, the least that any has.',
      'budget',
      () => byBudget(budgets(), ({ left }) => left),
    ),

    gauge('store_up', 'Whether the store that replicas share can be reached: 1 or 0.', () => Number(store.isReady())),
    gauge(
      'store_round_trip_seconds',
      'How long the store took to answer last; 0 where it is the memory of this process.',
      () => (store.health?.().roundTripMs ?? 0) / 1_000,
    ),
    counter('store_losses_total', 'How often the store was lost.', () => store.health?.().losses ?? 0),
    counter(
      'store_failures_total',
      'Commands to the store that failed, or were answered too late.',
      () => store.health?.().failures ?? 0,
    ),
    gauge('replicas', 'Processes that share the store, this one among them.', () => store.replicas()),
    counter(
      'lease_takeovers_total',
      'Checks of watched operations whose last check another replica had made.',
      () => poll.takeovers,
    ),
  ];
}

type Read = () => number;
type ReadBy = () => Readonly<Record<string, number>>;

const gauge = (name: string, help: string, ...read: [Read] | [string, ReadBy]): Series =>
  plain('gauge', name, help, read);
const counter = (name: string, help: string, ...read: [Read] | [string, ReadBy]): Series =>
  plain('counter', name, help, read);

function plain(type: 'gauge' | 'counter', name: string, help: string, read: [Read] | [string, ReadBy]): Series {
  const series = { type, name: `gateway_${name}`, help };
  return read.length === 1 ? { ...series, read: read[0] } : { ...series, label: read[0], read: read[1] };
}

function histogram(name: string, help: string, counts: Extract<Series, { type: 'histogram' }>['counts']): Series {
  return { type: 'histogram', name: `gateway_${name}`, help, counts };
}

function byBudget(
  budgets: Readonly<Record<string, BudgetLeft>>,
  read: (budget: BudgetLeft) => number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(budgets).map(([name, budget]) => [name, read(budget)]));
}
