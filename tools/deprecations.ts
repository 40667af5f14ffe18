import { type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';

/** Something that clients name, and that can be deprecated: `Type.member` or `Type.field.argument`. */
export interface Member {
  readonly path: string;
  readonly deprecationReason: string | null;
}

export function membersOf(schema: GraphQLSchema): Member[] {
  return Object.values(schema.getTypeMap())
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => {
      const memberAt = (
        path: string,
        { deprecationReason }: { deprecationReason?: string | null | undefined },
      ): Member => ({
        path: `${type.name}.${path}`,
        deprecationReason: deprecationReason ?? null,
      });
      if (isEnumType(type)) return type.getValues().map((value) => memberAt(value.name, value));
      if (isInputObjectType(type)) return Object.values(type.getFields()).map((field) => memberAt(field.name, field));
      if (!isObjectType(type) && !isInterfaceType(type)) return [];
      return Object.values(type.getFields()).flatMap((field) => [
        memberAt(field.name, field),
        ...field.args.map((argument) => memberAt(`${field.name}.${argument.name}`, argument)),
      ]);
    });
}

/** The last day that a deprecated member stays, as its reason says it; null where it says none. */
export function lastDayIn(reason: string | null): string | null {
  return /\bIt stays until (\d{4}-\d{2}-\d{2})\.$/.exec(reason ?? '')?.[1] ?? null;
}

/** @returns what is wrong with the reasons of deprecated members, and what would be right; empty when nothing is */
export function deprecationProblems(schema: GraphQLSchema): string[] {
  const members = membersOf(schema);
  const paths = new Set(members.map(({ path }) => path));
  return members.flatMap(({ path, deprecationReason: reason }) => {
    if (reason === null) return [];
    const says = `${path} is deprecated with "${reason}"`;
    const [, replacement] = /^Use `([\w.]+)` instead\. /.exec(reason) ?? [];
    if (replacement === undefined || !isDay(lastDayIn(reason))) {
      return [`${says}. Say: "Use \`REPLACEMENT\` instead. It stays until YYYY-MM-DD."`];
    }
    const beside = `${path.slice(0, path.lastIndexOf('.'))}.${replacement}`;
    const named = [beside, replacement].find((each) => paths.has(each));
    if (named === undefined) return [`${says}, and there is neither ${beside} nor ${replacement}. Name what there is.`];
    const isGoing = members.some((member) => member.path === named && member.deprecationReason !== null);
    return isGoing ? [`${says}, and ${named} is deprecated itself. Name what stays.`] : [];
  });
}

function isDay(text: string | null): boolean {
  return text !== null && !Number.isNaN(Date.parse(text));
}
