import { registerEnumType } from 'type-graphql';
import { OPERATION_STATES } from '../operation/state.js';

/** type-graphql takes an enumeration as an object; ours are lists and unions of words. */
function enumOf<T extends string>(words: readonly T[]): { readonly [W in T]: W } {
  return Object.fromEntries(words.map((word) => [word, word])) as { readonly [W in T]: W };
}

export const OperationState = enumOf(OPERATION_STATES);
registerEnumType(OperationState, {
  name: 'OperationState',
  description: 'One vocabulary for the life of every kind of operation.',
  valuesConfig: {
    NOT_STARTED: { description: 'Accepted, and nothing done yet.' },
    RUNNING: { description: 'Under way.' },
    SUCCEEDED: { description: 'Terminal: done. What it made may still take some seconds to become readable.' },
    FAILED: { description: 'Terminal: not done; `error` says why.' },
    CANCELLED: { description: 'Terminal: somebody stopped it.' },
    UNKNOWN: { description: 'A word that this version does not know, in `rawStatus`. It is checked again.' },
  },
});

export const CheckDelay = enumOf(['THROTTLED', 'UPSTREAM_UNAVAILABLE', 'BUDGET']);
registerEnumType(CheckDelay, {
  name: 'CheckDelay',
  description: 'Why an operation was not checked when its check was due.',
  valuesConfig: {
    THROTTLED: { description: 'Microsoft Graph asked to be left alone for a while (Retry-After).' },
    UPSTREAM_UNAVAILABLE: { description: 'Microsoft Graph could not be reached or had an error of its own.' },
    BUDGET: { description: "The gateway's own budget below Graph's limits is spent." },
  },
});

export const ChangeReason = enumOf(['SNAPSHOT', 'CHANGED', 'RESET']);
registerEnumType(ChangeReason, {
  name: 'ChangeReason',
  description: 'Why an event is sent.',
  valuesConfig: {
    SNAPSHOT: { description: 'The state at the time of subscribing.' },
    CHANGED: { description: 'The state has changed since the event before.' },
    RESET: { description: 'The state now. The cursor is too old to tell what happened in between.' },
  },
});

export const OperationOrderField = enumOf(['CREATED_DATE_TIME', 'LAST_ACTION_DATE_TIME']);
export type OperationOrderField = keyof typeof OperationOrderField;
registerEnumType(OperationOrderField, {
  name: 'OperationOrderField',
  description: 'What operations can be sorted by.',
  valuesConfig: {
    CREATED_DATE_TIME: { description: 'When Graph created the operation.' },
    LAST_ACTION_DATE_TIME: { description: 'When Graph last did something for it.' },
  },
});

export const OrderDirection = enumOf(['ASC', 'DESC']);
export type OrderDirection = keyof typeof OrderDirection;
registerEnumType(OrderDirection, {
  name: 'OrderDirection',
  description: 'Which end comes first.',
  valuesConfig: {
    ASC: { description: 'The earliest first; what has no date comes before all.' },
    DESC: { description: 'The latest first.' },
  },
});
