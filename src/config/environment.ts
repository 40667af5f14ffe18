/** What a process is told: one text per name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables one by one and collects what is wrong with them, one line each, so that all is told at once. */
export interface EnvironmentReader {
  /** An empty variable is one that is not set: that is what a compose file makes of a missing one. */
  readonly text: (name: string) => string | undefined;
  /** A number from `least` to `most`, written out; `standard` where nothing is said. */
  readonly number: (name: string, standard: number, least: number, most: number) => number;
  /** The same without a fraction. */
  readonly wholeNumber: (name: string, standard: number, least: number, most: number) => number;
  readonly flag: (name: string, standard: boolean) => boolean;
  /** Adds a problem: a sentence that begins with the name of the variable. */
  readonly refuse: (problem: string) => void;
  readonly problems: readonly string[];
}

export function createEnvironmentReader(environment: Environment): EnvironmentReader {
  const problems: string[] = [];
  const text = (name: string): string | undefined => environment[name]?.trim() || undefined;
  const number = (name: string, standard: number, least: number, most: number, whole: boolean): number => {
    const value = text(name);
    if (value === undefined) return standard;
    const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
    if (parsed >= least && parsed <= most && (!whole || Number.isInteger(parsed))) return parsed;
    problems.push(
      `${name} must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}; it is ${JSON.stringify(value)}.`,
    );
    return standard;
  };

  return {
    text,
    number: (name, standard, least, most) => number(name, standard, least, most, false),
    wholeNumber: (name, standard, least, most) => number(name, standard, least, most, true),
    flag(name, standard) {
      const value = text(name)?.toLowerCase();
      if (value === undefined) return standard;
      if (['on', 'true', '1', 'yes'].includes(value)) return true;
      if (['off', 'false', '0', 'no'].includes(value)) return false;
      problems.push(`${name} must be on or off; it is ${JSON.stringify(value)}.`);
      return standard;
    },
    refuse: (problem) => void problems.push(problem),
    problems,
  };
}
