import { RUNNING_OPERATIONS } from './documents.js';
import { type Choice } from './fill-variables.js';

/** An operation of the sandbox that has not ended. */
export interface RunningOperation extends Choice {
  readonly state: string;
  readonly operationType: string | null;
  readonly host: Host;
}

interface Host {
  readonly kind: 'team' | 'chat';
  readonly id: string;
  readonly displayName: string;
}

/** Where the gateway tells of the sandbox, and where it is asked about operations as by any client. */
export interface Addresses {
  readonly sandbox: URL;
  readonly endpoint: URL;
}

interface Answer {
  readonly data?: { readonly operations: { readonly edges: readonly Edge[] } } | null;
  readonly errors?: readonly { readonly message: string }[];
}

interface Edge {
  readonly node: Omit<RunningOperation, 'host'> | null;
}

/**
 * Asks for all teams and chats of the sandbox, without the headers that are typed: its own token is as good.
 *
 * @returns null where another Graph is asked @throws with the gateway's own words
 */
export async function readRunningOperations(
  { sandbox, endpoint }: Addresses,
  request: typeof fetch,
): Promise<readonly RunningOperation[] | null> {
  const told = await request(sandbox);
  if (!told.ok) return null;
  const { hosts } = (await told.json()) as { hosts: readonly Host[] };
  return (await Promise.all(hosts.map((host) => runningIn(host, endpoint, request)))).flat();
}

async function runningIn(host: Host, endpoint: URL, request: typeof fetch): Promise<readonly RunningOperation[]> {
  const answer = await request(endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: RUNNING_OPERATIONS, variables: { host: { [`${host.kind}Id`]: host.id } } }),
  });
  const { data, errors } = (await answer.json()) as Answer;
  if (data == null) throw new Error(errors?.[0]?.message ?? `HTTP ${answer.status}`);
  return data.operations.edges.flatMap(({ node }) => (node === null ? [] : [{ ...node, host }]));
}
