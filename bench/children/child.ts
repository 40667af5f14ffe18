/** What a process of the bench answers to, by name. Each takes one value and answers with one. */
export type Commands = Record<string, (input: never) => unknown>;

/** Memory of a process after its garbage was collected, in bytes. */
export interface Memory {
  readonly rss: number;
  /** What is in use of the heap, and of buffers beside it. */
  readonly used: number;
}

/** What every one answers to. */
export type CommonCommands = {
  /** User and system time so far, in microseconds. */
  cpu: (input: null) => number;
  memory: (input: null) => Memory;
};

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** The first one has the id 0 and tells the address, or an empty text. */
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

const common: CommonCommands = {
  cpu() {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  memory() {
    for (let run = 0; run < 3; run++) globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    return { rss, used: heapUsed + external };
  },
};

/** Says that this process is there, answers whoever started it, and ends with it. */
export function answerParent(url: string, commands: Commands = {}): void {
  const all = new Map<string, (input: never) => unknown>(Object.entries({ ...common, ...commands }));
  const send = (answer: Answer): void => void process.send?.(answer);
  const answer = async ({ id, name, input }: Question): Promise<void> => {
    try {
      const command = all.get(name);
      if (command === undefined) throw new Error(`There is no command ${name}.`);
      send({ id, value: await command(input as never) });
    } catch (error) {
      send({ id, error: error instanceof Error ? error.message : String(error) });
    }
  };
  process.on('message', (question: Question) => void answer(question));
  process.on('disconnect', () => process.exit(0));
  send({ id: 0, value: url });
}

/** Milliseconds on a clock that all processes of a machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** @throws when the bench did not set it */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set.`);
  return value;
}
