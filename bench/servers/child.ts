/** What a server under measurement tells the bench that started it. */
export type Report = { readonly url: string } | { readonly cpuMicros: number };

/** Says where the server listens, and from then on, whenever it is asked, how much CPU its process has used so far. */
export function reportToParent(url: string): void {
  const send = (report: Report): void => void process.send?.(report);
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    send({ cpuMicros: user + system });
  });
  process.on('disconnect', () => process.exit(0));
  send({ url });
}

/** @throws when the bench did not set it */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set.`);
  return value;
}
