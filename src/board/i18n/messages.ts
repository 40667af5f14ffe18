import { type Delay, type OperationType, type State } from '../domain/operation.js';
import { type Order } from '../domain/arrange.js';
import { type Theme } from '../domain/saved.js';

/** A text for each way in which a language counts, with `{n}` for the number. */
export type Plural = Partial<Record<Intl.LDMLPluralRule, string>> & { readonly other: string };

/** What the sandbox offers to start, by the names that it has for them. */
export type DemoName = 'archiveTeam' | 'cloneTeam' | 'createTeam' | 'failingArchive' | 'stalledClone';

/** All that the board says. Every language has all of it, or does not compile. */
export interface Messages {
  readonly title: string;
  readonly tagline: string;
  readonly skipToOperations: string;
  readonly language: string;
  readonly theme: string;
  readonly themes: Readonly<Record<Theme, string>>;

  readonly states: Readonly<Record<State, string>>;
  readonly types: Readonly<Record<OperationType, string>>;

  readonly connection: {
    readonly label: string;
    readonly idle: string;
    readonly connecting: string;
    readonly live: string;
    readonly back: string;
    readonly whole: string;
    readonly reset: string;
    readonly waiting: (duration: string) => string;
    readonly refused: string;
    readonly now: string;
  };

  readonly add: {
    readonly heading: string;
    readonly label: string;
    readonly hint: string;
    readonly button: string;
    readonly empty: string;
    readonly byId: string;
    readonly kind: string;
    readonly team: string;
    readonly chat: string;
    readonly teamId: string;
    readonly chatId: string;
    readonly operationId: string;
    readonly operationIdHint: string;
    readonly watchAll: string;
    readonly hostIdMissing: string;
    readonly known: string;
    readonly full: (most: string) => string;
  };

  readonly sandbox: {
    readonly heading: string;
    readonly hint: string;
    readonly requests: Readonly<Record<DemoName, string>>;
    readonly failed: (reason: string) => string;
  };

  readonly list: {
    readonly heading: string;
    readonly counts: string;
    readonly all: string;
    /** Those that have no state: no answer has told of them. */
    readonly pending: string;
    readonly search: string;
    readonly type: string;
    readonly allTypes: string;
    readonly order: string;
    readonly orders: Readonly<Record<Order, string>>;
    readonly shown: (shown: string, all: string) => string;
    readonly clear: string;
    readonly clearEnded: string;
    readonly emptyTitle: string;
    readonly empty: string;
    readonly emptySandbox: string;
    readonly noMatch: string;
    readonly notSaved: string;
    readonly hosts: string;
    readonly operations: Plural;
  };

  readonly card: {
    readonly target: string;
    readonly attempts: Plural;
    readonly began: (when: string) => string;
    readonly checked: (when: string) => string;
    readonly next: (duration: string) => string;
    readonly checking: string;
    readonly ended: (when: string) => string;
    readonly late: Readonly<Record<Delay, string>>;
    readonly details: string;
    readonly operationId: string;
    readonly location: string;
    readonly copy: string;
    readonly copied: string;
    readonly notCopied: string;
    readonly remove: (name: string) => string;
    readonly removeShort: string;
    readonly retry: string;
    readonly steps: string;
    readonly app: string;
    readonly channel: string;
    readonly waiting: string;
    readonly unknownType: (word: string) => string;
  };

  readonly timeline: {
    readonly heading: string;
    readonly unseen: string;
    readonly state: string;
    readonly seen: string;
    readonly beganBetween: string;
    readonly lasted: string;
    readonly between: (from: string, to: string) => string;
    readonly upTo: (duration: string) => string;
    readonly stillSo: (duration: string) => string;
    readonly legend: string;
  };

  readonly token: {
    readonly none: string;
    readonly held: string;
    readonly ending: (duration: string) => string;
    readonly refused: (reason: string) => string;
    readonly hint: string;
    readonly label: string;
    readonly use: string;
    readonly forget: string;
  };

  readonly notify: {
    readonly off: string;
    readonly on: string;
    readonly denied: string;
  };

  /** What a code of the gateway's means; its own words stand beside it. */
  readonly problems: Readonly<Record<ProblemCode, string>>;

  readonly news: {
    readonly changed: (what: string, state: string) => string;
    readonly removed: (what: string) => string;
    readonly kept: (what: string) => string;
    readonly endedRemoved: (count: string) => string;
    readonly unfiltered: (count: string) => string;
    readonly retried: (what: string) => string;
  };
}

export type ProblemCode =
  | 'BAD_USER_INPUT'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'UPSTREAM_THROTTLED'
  | 'UPSTREAM_UNAVAILABLE'
  | 'UPSTREAM_MALFORMED'
  | 'LIMIT_EXCEEDED'
  | 'OTHER';
