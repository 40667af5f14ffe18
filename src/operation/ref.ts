import { type HostKind, type OperationKind } from './kind.js';

/** The resource that lists an operation: one team, one chat. */
export interface OperationHost {
  readonly kind: OperationKind;
  readonly hostKind: HostKind;
  /** The versioned canonical path, percent-encoded: `/beta/chats/19%3A…%40thread.v2`. One host has one; it is the key. */
  readonly location: string;
}

/** How to read an operation again. */
export interface OperationRef {
  readonly host: OperationHost;
  /** Graph's own id, opaque text. */
  readonly operationId: string;
  /** The versioned canonical path, percent-encoded. One operation has one; it is the key of its watch. */
  readonly location: string;
}

/** The path of the list of a host's operations. */
export function listPath(host: OperationHost): string {
  return `${host.location}/${host.hostKind.collection}`;
}

export function createRef(host: OperationHost, operationId: string): OperationRef {
  return { host, operationId, location: `${listPath(host)}/${encodeKey(operationId)}` };
}

/** A key as a path segment. Only the unreserved characters of RFC 3986 stay, so one key has one spelling. */
export function encodeKey(key: string): string {
  return encodeURIComponent(key).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}
