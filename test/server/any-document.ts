import fc, { type GeneratorValue } from 'fast-check';
import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { character } from '../operation/arbitraries.js';
import { type Asking } from './conversation.js';

type Composite = GraphQLObjectType | GraphQLInterfaceType;

const REFS = [{ location: "/teams('a')/operations('1')" }];
/** Levels of selections below the event. */
const MAX_DEPTH = 4;
const MAX_FRAGMENTS = 4;

/** A subscription of any shape that the schema allows, and what its client gives with it. */
export function anySubscription(schema: GraphQLSchema, any: GeneratorValue): Asking {
  const flags = new Map<string, boolean | undefined>();
  const fragments: string[] = [];
  let aliases = 0;
  const pick = <T>(first: T, ...others: readonly T[]): T => others[any(fc.nat, others.length) - 1] ?? first;

  const directive = (): string => {
    if (any(fc.nat, 3) > 0) return '';
    const name = pick('include', 'skip');
    if (any(fc.nat, 2) === 0) return ` @${name}(if: ${String(any(fc.boolean))})`;
    const flag = `f${any(fc.nat, 3)}`;
    if (!flags.has(flag)) flags.set(flag, pick<boolean | undefined>(undefined, true, false));
    return ` @${name}(if: $${flag})`;
  };

  const field = (type: Composite, depth: number): string => {
    const fields = Object.values(type.getFields());
    const chosen = any(fc.nat, fields.length);
    const { name, type: result } = fields[chosen] ?? { name: '__typename', type: null };
    const below = result === null ? null : getNamedType(result);
    const isComposite = isObjectType(below) || isInterfaceType(below);
    if (isComposite && depth === 0) return '__typename';
    const alias = any(fc.nat, 2) === 0 ? `a${++aliases}: ` : '';
    return `${alias}${name}${directive()}${isComposite ? ` ${selections(below, depth - 1)}` : ''}`;
  };

  const narrower = (type: Composite): Composite => {
    const kinds = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
    return pick<Composite>(type, ...kinds);
  };

  const selection = (type: Composite, depth: number): string => {
    const what = any(fc.nat, 9);
    if (what === 0 && depth > 0) {
      const of = narrower(type);
      return `... on ${of.name}${directive()} ${selections(of, depth - 1)}`;
    }
    if (what === 1 && depth > 0) return `...${directive()} ${selections(type, depth - 1)}`;
    if (what === 2 && depth > 0 && fragments.length < MAX_FRAGMENTS) {
      const name = `F${fragments.length}`;
      const at = fragments.push('') - 1;
      const of = narrower(type);
      fragments[at] = `fragment ${name} on ${of.name} ${selections(of, depth - 1)}`;
      return `...${name}${directive()} ${any(fc.nat, 4) === 0 ? `...${name}` : ''}`;
    }
    if (what === 3 && type.name === 'OperationStatusChange') return pick('cursor', `c${++aliases}: cursor`);
    return field(type, depth);
  };

  const selections = (type: Composite, depth: number): string =>
    `{ ${Array.from({ length: 1 + any(fc.nat, 4) }, () => selection(type, depth)).join(' ')} }`;

  const change = schema.getType('OperationStatusChange');
  if (!isObjectType(change)) throw new Error('The schema has no changes.');
  const isHost = any(fc.boolean);
  const isWritten = any(fc.boolean);
  const [declared, args, given] = isHost
    ? ['$host: OperationHost!', 'host: $host', { host: { teamId: 'a' } }]
    : isWritten
      ? ['', 'refs: [{ location: "/teams/a/operations/1" }]', {}]
      : ['$refs: [OperationRef!]!', 'refs: $refs', { refs: REFS }];
  const stream = `${pick('', 'change: ')}${isHost ? 'hostOperationStatusChanged' : 'operationStatusChanged'}(${args})`;
  const root = `${stream} ${selections(change, MAX_DEPTH)}`;
  const isSpread = any(fc.nat, 4) === 0;
  if (isSpread) fragments.push(`fragment Root on Subscription { ${root} }`);
  const flagTypes = [...flags].map(([name, value]) => `$${name}: Boolean${value === undefined ? '! = true' : '!'}`);
  const variables = [declared, ...flagTypes].filter((text) => text !== '').join(', ');
  const name = pick('', 'Named');
  const operation = `subscription ${name}${variables === '' ? '' : `(${variables})`} { ${isSpread ? '...Root' : root} }`;
  const values = [...flags].filter(([, value]) => value !== undefined);
  return {
    id: any(fc.string, { unit: character, maxLength: 8 }) || '1',
    query: [operation, ...fragments].join('\n'),
    variables: { ...given, ...Object.fromEntries(values) },
    ...(name !== '' && any(fc.boolean) && { operationName: name }),
  };
}
