import { createHash } from 'node:crypto';
import { type Random } from '../lib/random.js';

/** A GUID of version 4. */
export function guid(random: Random): string {
  const digits = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return guidOf(digits);
}

/** The same GUID for the same name, whatever else is drawn: what a document may name. */
export function namedGuid(name: string): string {
  return guidOf(createHash('sha256').update(name).digest('hex'));
}

function guidOf(digits: string): string {
  const variant = '89ab'.charAt(parseInt(digits.charAt(16), 16) % 4);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}

export function chatThreadId(random: Random): string {
  return `19:${guid(random).replaceAll('-', '')}@thread.v2`;
}

/** A team operation's id is one GUID; a chat operation's is three, joined by hyphens. */
export function operationIdFor(hostKind: 'team' | 'chat', nextGuid: () => string): string {
  return hostKind === 'team' ? nextGuid() : [nextGuid(), nextGuid(), nextGuid()].join('-');
}
