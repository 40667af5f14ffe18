import { TeamsAsyncOperation } from './kinds/teams-async-operation.type.js';

/** The object type of every kind of operation; no field names them, so the schema has to be told. */
export const KIND_TYPES = [TeamsAsyncOperation] as const;
