import { ChangeType, CriticalityLevel, diff } from '@graphql-inspector/core';
import { type GraphQLSchema } from 'graphql';
import { lastDayIn, membersOf } from './deprecations.js';

/** What a schema does to clients of the one before: what breaks them, and what one that is careless may stumble over. */
export interface SchemaChanges {
  readonly breaking: readonly SchemaChange[];
  readonly dangerous: readonly SchemaChange[];
}

export interface SchemaChange {
  /** What was done, and where. */
  readonly what: string;
  /** What would be right instead, or what to think of. */
  readonly advice: string;
}

/** @param today as 2026-01-31: until when a deprecated member has to stay is a day in its reason */
export async function changesBetween(
  released: GraphQLSchema,
  current: GraphQLSchema,
  today: string,
): Promise<SchemaChanges> {
  const reasons = new Map(membersOf(released).map(({ path, deprecationReason }) => [path, deprecationReason]));
  const changes = (await diff(released, current)).map((change: FoundChange) => {
    const lastDay = REMOVALS.has(change.type) ? lastDayIn(reasons.get(change.path ?? '') ?? null) : null;
    return judge(change, lastDay, today);
  });
  const at = (wanted: CriticalityLevel): SchemaChange[] =>
    changes.filter(({ level }) => level === wanted).map(({ what, advice }) => ({ what, advice }));
  return { breaking: at(CriticalityLevel.Breaking), dangerous: at(CriticalityLevel.Dangerous) };
}

/** What graphql-inspector tells of a change; `path` is `Type.member` or `Type.field.argument`. */
interface FoundChange {
  readonly message: string;
  readonly type: string;
  readonly path?: string;
  readonly criticality: { readonly level: CriticalityLevel };
}

type Judged = SchemaChange & { readonly level: CriticalityLevel };

/** @param lastDay until when something that was removed was to stay; null where nothing was said, or nothing removed */
function judge({ message: what, type, criticality }: FoundChange, lastDay: string | null, today: string): Judged {
  const { level } = criticality;
  if (lastDay === null) return { what, level, advice: level === CriticalityLevel.Breaking ? adviceFor(type) : CAUTION };
  if (lastDay >= today) return { what, level, advice: `It was promised to stay until ${lastDay}: keep it so long.` };
  return { what, level: CriticalityLevel.Dangerous, advice: `It was to stay until ${lastDay}.` };
}

const REMOVALS: ReadonlySet<string> = new Set([
  ChangeType.FieldRemoved,
  ChangeType.FieldArgumentRemoved,
  ChangeType.EnumValueRemoved,
  ChangeType.InputFieldRemoved,
]);

const ADDITIONS: ReadonlySet<string> = new Set([ChangeType.FieldArgumentAdded, ChangeType.InputFieldAdded]);

function adviceFor(type: string): string {
  if (REMOVALS.has(type)) return 'Keep it, and mark it `@deprecated` with what to use instead and until when it stays.';
  if (ADDITIONS.has(type)) return 'Let it be null, or give it a default value: documents of before do not give it.';
  if (type === ChangeType.TypeRemoved) return 'Keep it: documents of before name it in fragments and variables.';
  if (type.endsWith('_TYPE_CHANGED')) return 'Leave it as it was, and add a member of another name beside it.';
  return 'Leave it as it was, and add something of another name beside it.';
}

const CAUTION = 'Clients that rely on what was there before may notice.';
