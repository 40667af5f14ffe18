import { GraphQLObjectType, GraphQLSchema, type GraphQLError } from 'graphql';
import { type StreamEvent } from '../poll/stream.js';
import { type ApiContext, type ApiServices } from './context.js';
import { toGraphQLError } from './errors.js';
import { type OperationStatusChange } from './operation.type.js';
import { viewOfChange } from './views.js';

/** All that an event's fields may ask for besides the event. */
export type EventContext = Pick<ApiContext, 'viewpoint'>;

/** An event of a stream as GraphQL's fields want it. @throws what an ending says */
export function viewOfEvent(event: StreamEvent, { viewpoint }: EventContext): OperationStatusChange {
  if ('change' in event) return viewOfChange(event.change, event.cursor, viewpoint());
  throw endingOf(event);
}

/** An operation's own failure names it, so that a client of several knows which one to give up. */
function endingOf({ ending }: Extract<StreamEvent, { ending: unknown }>): GraphQLError | Error {
  const known = toGraphQLError(ending.error);
  if (known === null || ending.ref === null) return ending.error;
  known.extensions['location'] = ending.ref.location;
  return known;
}

/**
 * The surroundings of an event that is written once for all who asked alike. There is no caller in them, nobody's loader
 * and nobody's signal, so that nothing of anybody can get into what others read: to reach for one is an error.
 */
export function createEventContext({ clock, coordinator }: Pick<ApiServices, 'clock' | 'coordinator'>): EventContext {
  const context: EventContext = {
    viewpoint: () => ({ now: clock.now(), nextCheckAt: (location) => coordinator.nextCheckAt(location) }),
  };
  return new Proxy(context, {
    get(target, name) {
      if (name === 'viewpoint') return target.viewpoint;
      throw new Error(`An event is the same for everybody: there is no ${String(name)} to ask for it.`);
    },
  });
}

/**
 * The same schema for those who have an event already: its streams take no arguments, since whoever began one gave them
 * then, and their fields are read in one go.
 */
export function createEventSchema(schema: GraphQLSchema): GraphQLSchema {
  const streams = schema.getSubscriptionType();
  if (streams == null) return schema;
  const fields = Object.values(streams.getFields()).map(({ name, type }) => {
    const resolve = (event: StreamEvent, _args: unknown, context: EventContext) => viewOfEvent(event, context);
    return [name, { type, resolve }] as const;
  });
  return new GraphQLSchema({
    query: schema.getQueryType(),
    subscription: new GraphQLObjectType({ name: streams.name, fields: Object.fromEntries(fields) }),
    types: Object.values(schema.getTypeMap()).filter((type) => type !== streams),
    directives: schema.getDirectives(),
    assumeValid: true,
  });
}
