/** A request that starts an operation in the sandbox, as the gateway offers it. */
export interface DemoRequest {
  readonly name: string;
  readonly path: string;
  readonly body: unknown;
  readonly life: unknown;
}

/** The built-in sandbox behind the gateway. */
export interface Sandbox {
  readonly requests: readonly DemoRequest[];
  /** @returns the Location header of the 202 @throws with Graph's own words when it does not start */
  start(request: DemoRequest): Promise<string>;
}

/** @param root where the gateway's way to it would be @returns null where another Graph is asked */
export async function findSandbox(root: URL, request: typeof fetch): Promise<Sandbox | null> {
  const answer = await request(root).catch(() => null);
  if (answer?.ok !== true) return null;
  const told: unknown = await answer.json().catch(() => null); // something else may stand there, and answer anything
  if (!isOffer(told)) return null;
  const { requests } = told;
  return {
    requests,
    async start({ path, body, life }) {
      const started = await request(`${root.href}${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Sandbox-Life': JSON.stringify(life) },
        body: JSON.stringify(body),
      });
      const location = started.headers.get('Location');
      if (started.ok && location !== null) return location;
      throw new Error(reasonIn(await started.text()) ?? `HTTP ${started.status}`);
    },
  };
}

function isOffer(told: unknown): told is { readonly requests: readonly DemoRequest[] } {
  return typeof told === 'object' && told !== null && 'requests' in told && Array.isArray(told.requests);
}

/** Graph's error, or the gateway's. */
function reasonIn(text: string): string | null {
  try {
    const { error, errors } = JSON.parse(text) as {
      error?: { message?: string };
      errors?: readonly { message?: string }[];
    };
    return error?.message ?? errors?.[0]?.message ?? null;
  } catch {
    return null;
  }
}
