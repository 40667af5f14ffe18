import { randomUUID } from 'node:crypto';
import { execute, type DocumentNode, type ExecutionArgs, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { type ApiServices } from '../api/context.js';
import { type ErrorReport } from '../api/errors.js';
import { createEventContext, createEventSchema } from '../api/events.js';
import { type Change, type StreamEvent } from '../poll/stream.js';
import { eventDocumentOf, eventVariablesOf, type EventDocument } from './event-documents.js';
import { formatResult } from './results.js';

/** A result as JSON in UTF-8, cut open wherever the cursor of its reader goes. */
export interface Payload {
  /** One more than there are cursors in it. */
  readonly pieces: readonly Buffer[];
  /** Of all pieces. */
  readonly bytes: number;
}

/** What a subscription asks of each event; all that ask the same share it. */
export interface Selection {
  readonly key: string;
  /** Those of its document, by key: where it is found again. */
  readonly siblings: Map<string, Selection>;
  readonly document: EventDocument;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Subscriptions that ask it. */
  users: number;
  /** What was written in this wave; null of a change that each has to be written for itself. */
  readonly written: Map<Change, Payload | null>;
}

/** A subscription as it was asked for. */
export type Asked = Pick<ExecutionArgs, 'document' | 'operationName' | 'variableValues'>;

export interface Selections {
  take(asked: Asked): Selection;
  giveBack(selection: Selection): void;
  /**
   * The same for all who ask it in this wave. Nothing that the fields of an event can reach knows who reads it: who may
   * is decided before, when a seat is told, by the proof that its own caller has. So whoever has the change in its stream
   * may read what is written of it, and nobody else gets hold of it.
   *
   * @returns null where it is not so simple, and `writeAlone` has to do
   */
  write(selection: Selection, change: Change): Payload | null;
  /** As GraphQL's own way would write it for one reader. */
  writeAlone(selection: Selection, event: StreamEvent): Payload | Promise<Payload>;
  /** Forgets what was written: what is of the moment in it is over. */
  endWave(): void;
}

export interface SelectionsOptions {
  readonly schema: GraphQLSchema;
  readonly services: Pick<ApiServices, 'clock' | 'coordinator'>;
  readonly report: ErrorReport;
  /** Told of each execution of a document for an event. */
  readonly count: () => void;
}

export function createSelections({ schema, services, report, count }: SelectionsOptions): Selections {
  const eventSchema = createEventSchema(schema);
  const contextValue = createEventContext(services);
  const known = new WeakMap<DocumentNode, Map<string, Selection>>();
  const documents = new WeakMap<DocumentNode, Map<string, EventDocument>>();
  const inWave = new Set<Selection>();
  /** Stands for the cursor. Nobody outside knows it, so whatever else is in a payload does not contain it. */
  const placeholder = randomUUID();
  const hole = JSON.stringify(placeholder);

  const documentOf = (whole: DocumentNode, operationName: string | undefined): EventDocument => {
    const ofWhole = documents.get(whole) ?? new Map<string, EventDocument>();
    documents.set(whole, ofWhole);
    const found = ofWhole.get(operationName ?? '') ?? eventDocumentOf(schema, whole, operationName);
    ofWhole.set(operationName ?? '', found);
    return found;
  };

  const run = ({ document, variables }: Selection, event: StreamEvent) => {
    count();
    return execute({
      schema: eventSchema,
      document: document.document,
      operationName: document.operationName,
      variableValues: variables,
      rootValue: event,
      contextValue,
    });
  };

  const writeAnew = (selection: Selection, change: Change): Payload | null => {
    const result = run(selection, { change, cursor: placeholder });
    if (isPromise(result)) {
      result.catch(() => undefined); // each finds out for itself
      return null;
    }
    return result.errors === undefined ? payloadOf(JSON.stringify(result).split(hole)) : null;
  };

  const format = (result: ExecutionResult): Payload => payloadOf([JSON.stringify(formatResult(result, report))]);

  return {
    take({ document: whole, operationName, variableValues }) {
      const document = documentOf(whole, operationName ?? undefined);
      const variables = eventVariablesOf(document, variableValues);
      const key = `${operationName ?? ''} ${JSON.stringify(variables)}`;
      const siblings = known.get(whole) ?? new Map<string, Selection>();
      known.set(whole, siblings);
      const found = siblings.get(key) ?? { key, siblings, document, variables, users: 0, written: new Map() };
      siblings.set(key, found);
      found.users += 1;
      return found;
    },
    giveBack(selection) {
      selection.users -= 1;
      if (selection.users === 0) selection.siblings.delete(selection.key);
    },
    write(selection, change) {
      const found = selection.written.get(change);
      if (found !== undefined) return found;
      const payload = writeAnew(selection, change);
      selection.written.set(change, payload);
      inWave.add(selection);
      return payload;
    },
    writeAlone(selection, event) {
      const result = run(selection, event);
      return isPromise(result) ? result.then(format) : format(result);
    },
    endWave() {
      for (const { written } of inWave) written.clear();
      inWave.clear();
    },
  };
}

function payloadOf(texts: readonly string[]): Payload {
  const pieces = texts.map((text) => Buffer.from(text));
  return { pieces, bytes: pieces.reduce((sum, { length }) => sum + length, 0) };
}

function isPromise(result: ExecutionResult | Promise<ExecutionResult>): result is Promise<ExecutionResult> {
  return 'then' in result;
}
