import { unique, type Watch } from './watch.js';

/** What the board needs of the browser's storage. */
export interface Storage {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** The list, and how somebody likes the board. Never a token: those are kept by nobody but the open page. */
export interface Saved {
  readonly watches: readonly Watch[];
  readonly theme: Theme;
  /** Null where the browser's own is taken. */
  readonly language: string | null;
  readonly notifies: boolean;
}

export type Theme = 'system' | 'light' | 'dark';

export const KEY = 'board';
/** What one socket of the gateway takes, unless it is told otherwise; no more is put on the list. */
export const MAX_WATCHES = 1_000;

const NOTHING: Saved = { watches: [], theme: 'system', language: null, notifies: false };

/** What was saved; nothing of it that cannot be read, by whoever it was written. */
export function load(storage: Storage): Saved {
  const value = parse(read(storage));
  if (!isRecord(value)) return NOTHING;
  const { watches, theme, language, notifies } = value;
  return {
    watches: Array.isArray(watches) ? unique(watches.flatMap(readWatch)).slice(0, MAX_WATCHES) : [],
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    language: typeof language === 'string' ? language : null,
    notifies: notifies === true,
  };
}

/** @returns whether it could be saved: a browser may have no room, or be told to keep nothing */
export function save(storage: Storage, { watches, theme, language, notifies }: Saved): boolean {
  try {
    storage.setItem(KEY, JSON.stringify({ watches, theme, language, notifies }));
    return true;
  } catch {
    return false;
  }
}

function read(storage: Storage): string | null {
  try {
    return storage.getItem(KEY);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Made anew of its words, so that nothing else that lies beside them is taken along. */
function readWatch(value: unknown): Watch[] {
  if (!isRecord(value)) return [];
  if (value['kind'] === 'operation' && isRecord(value['ref'])) return readRef(value['ref']);
  if (value['kind'] === 'host' && isRecord(value['host'])) return readHost(value['host']);
  return [];
}

function readRef({ location, id, chat, team }: Record<string, unknown>): Watch[] {
  if (typeof location === 'string') return [{ kind: 'operation', ref: { location } }];
  if (typeof id === 'string') return [{ kind: 'operation', ref: { id } }];
  const inChat = readInHost(chat);
  if (inChat !== null) return [{ kind: 'operation', ref: { chat: inChat } }];
  const inTeam = readInHost(team);
  return inTeam === null ? [] : [{ kind: 'operation', ref: { team: inTeam } }];
}

function readHost({ location, chatId, teamId }: Record<string, unknown>): Watch[] {
  if (typeof location === 'string') return [{ kind: 'host', host: { location } }];
  if (typeof chatId === 'string') return [{ kind: 'host', host: { chatId } }];
  return typeof teamId === 'string' ? [{ kind: 'host', host: { teamId } }] : [];
}

function readInHost(value: unknown): { hostId: string; operationId: string } | null {
  if (!isRecord(value)) return null;
  const { hostId, operationId } = value;
  return typeof hostId === 'string' && typeof operationId === 'string' ? { hostId, operationId } : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
