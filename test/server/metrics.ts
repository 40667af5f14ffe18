/** What a gateway counts, as Prometheus reads it: by name and labels, as they are written. */
export async function metricsOf({ url }: { readonly url: string }): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${url}/metrics`);
  if (response.status !== 200) throw new Error(`The metrics were answered with ${response.status}.`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** How often this limit has refused something. */
export async function refusalsOf(gateway: { readonly url: string }, limit: string): Promise<number> {
  return (await metricsOf(gateway)).get(`gateway_refused_total{limit="${limit}"}`) ?? 0;
}
