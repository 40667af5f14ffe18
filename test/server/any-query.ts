import fc, { type GeneratorValue } from 'fast-check';
import { getNamedType, isAbstractType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';

/** A request as a client sends it. */
export interface AnyRequest {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Operations whose names say what comes of them, see `createLooks`. */
export const FATES = ['running', 'failed', 'odd', 'gone', 'throttled', 'forbidden', 'broken', 'late'] as const;

const ACCEPTS = [
  null,
  '*/*',
  'application/json',
  'application/json, text/plain, */*',
  'application/graphql-response+json, application/json;q=0.9',
  'application/graphql-response+json',
  'application/json;q=0.1, application/graphql-response+json;q=0.5',
  'text/html',
  'image/png',
];
const MAX_DEPTH = 4;

/** Without fast-check's love of the smallest and the largest, which here are choices like any other. */
const evenly = (max: number) => fc.noBias(fc.nat(max));

/** A query of any shape that the schema allows, and now and then one that it does not. */
export function anyRequest(schema: GraphQLSchema, any: GeneratorValue): AnyRequest {
  const fragments: string[] = [];
  const variables = new Map<string, { readonly type: string; readonly value: unknown }>();
  let aliases = 0;
  const pick = <T>(...values: T[]): T => values[any(evenly, values.length - 1)] as T;
  const oneIn = (count: number): boolean => pick(...Array.from({ length: count }, (_, at) => at === 0));

  const directive = (): string => (!oneIn(40) ? '' : ` @${pick('include', 'skip')}(if: ${String(any(fc.boolean))})`);

  const selection = (typeName: string, depth: number): string => {
    const type = schema.getType(typeName);
    if (!isObjectType(type) && !isInterfaceType(type)) return '__typename';
    const narrower = pick(
      type.name,
      ...(isAbstractType(type) ? schema.getPossibleTypes(type) : []).map(({ name }) => name),
    );
    const what = pick(0, 1, 2, 3, 4, 5, 6, 7);
    if (what === 0 && depth > 0) return `... on ${narrower}${directive()} ${selections(narrower, depth - 1)}`;
    if (what === 1 && depth > 0 && fragments.length < 4) {
      const at = fragments.push('') - 1;
      fragments[at] = `fragment F${at} on ${narrower} ${selections(narrower, depth - 1)}`;
      return `...F${at}${oneIn(4) ? ` ...F${at}` : ''}`;
    }
    const fields = Object.values(type.getFields());
    const field = fields[any(fc.nat, fields.length)];
    if (field === undefined) return '__typename';
    const below = getNamedType(field.type);
    const isComposite = isObjectType(below) || isInterfaceType(below);
    if (isComposite && depth === 0) return '__typename';
    const alias = oneIn(3) ? `a${++aliases}: ` : '';
    return `${alias}${field.name}${directive()}${isComposite ? ` ${selections(below.name, depth - 1)}` : ''}`;
  };
  const selections = (typeName: string, depth: number): string =>
    `{ ${Array.from({ length: 1 + any(fc.nat, 3) }, () => selection(typeName, depth)).join(' ')} }`;

  const given = (type: string, value: unknown, literal: string): string => {
    if (any(fc.boolean)) return literal;
    const name = `v${variables.size}`;
    variables.set(name, { type, value });
    return `$${name}`;
  };
  const locationOf = (): string => `/teams/t/operations/${pick(...FATES)}`;
  const ref = (): string => {
    const location = locationOf();
    const wrong = oneIn(20);
    if (wrong) return given('OperationRef!', { location, id: 'x' }, '{ id: "nothing" }');
    return given('OperationRef!', { location }, `{ location: "${location}" }`);
  };
  const id = (): string => (oneIn(10) ? 'no id' : Buffer.from(`operation:/v1.0${locationOf()}`).toString('base64url'));

  const root = (isOne: boolean): string => {
    const alias = isOne && oneIn(2) ? '' : `r${++aliases}: `;
    switch (pick(...Array.from({ length: 20 }, (_, at) => at))) {
      case 0:
        return '__typename';
      case 1:
        return `${alias}__type(name: "Node") { name }`;
      case 2:
      case 3: {
        const one = id();
        return `${alias}node(id: ${given('ID!', one, `"${one}"`)}) ${selections('Node', MAX_DEPTH)}`;
      }
      case 4:
      case 5: {
        const ids = Array.from({ length: any(fc.nat, 3) }, id);
        return `${alias}nodes(ids: ${given('[ID!]!', ids, JSON.stringify(ids))}) ${selections('Node', MAX_DEPTH)}`;
      }
      case 6:
      case 7: {
        const first = pick(0, 1, 20, 1_000);
        const order = pick('', ', orderBy: { field: CREATED_DATE_TIME }');
        const args = `host: { teamId: "${pick('t', 'gone')}" }, first: ${given('Int', first, String(first))}${order}`;
        return `${alias}operations(${args}) ${selections('OperationConnection', MAX_DEPTH)}`;
      }
      default:
        return `${alias}operation(ref: ${ref()})${directive()} ${selections('Operation', MAX_DEPTH)}`;
    }
  };

  const count = pick(1, 1, 1, 2, 3);
  const roots = Array.from({ length: count }, () => root(count === 1)).join(' ');
  const name = pick('', 'Named');
  const declared = [...variables].map(([variable, { type }]) => `$${variable}: ${type}`).join(', ');
  const other = oneIn(20) ? ' query Other { __typename }' : '';
  const query = [`query ${name}${declared && `(${declared})`} { ${roots} }${other}`, ...fragments].join('\n');
  const values = Object.fromEntries([...variables].map(([variable, { value }]) => [variable, value]));
  const odd = pick(...Array.from({ length: 40 }, (_, at) => at));
  const body = {
    query: odd === 0 ? `${query} }` : query,
    variables: odd === 1 ? { ...values, v0: 7 } : odd === 2 ? [values] : odd === 3 ? {} : { ...values, unasked: 1 },
    ...(oneIn(4) && { operationName: pick<unknown>(name, name, null, 'Other', 7) }),
    ...(odd === 4 && { extensions: pick<unknown>({}, [], 'text', { persistedQuery: { sha256Hash: 'x' } }) }),
  };
  const accept = oneIn(3) ? pick(...ACCEPTS) : null;
  const authorization = oneIn(15) ? pick(null, 'Basic x') : 'Bearer anna';
  return {
    body: odd === 5 ? '{' : JSON.stringify(body),
    headers: {
      'content-type': oneIn(30) ? 'text/plain' : 'application/json',
      ...(accept !== null && { accept }),
      ...(authorization !== null && { authorization }),
    },
  };
}
