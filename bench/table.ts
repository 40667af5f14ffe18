/** One line of what the gateway is held to. */
export interface Row {
  readonly what: string;
  readonly aim: string;
  readonly measured: string;
  /** What it is measured beside, with its own figure; empty where there is nothing to compare with. */
  readonly baseline: string;
  readonly ratio: string;
  readonly verdict: string;
}

/** A table of figures beside the main one. */
export interface Series {
  readonly title: string;
  readonly columns: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** Whether an aim was met, or by how much it was not. */
export function atMost(measured: number, aim: number): string {
  if (Number.isNaN(measured)) return 'not measured';
  return measured <= aim ? 'met' : `missed: ${times(measured / aim)} of what it may be`;
}

export function atLeast(measured: number, aim: number): string {
  if (Number.isNaN(measured)) return 'not measured';
  return measured >= aim ? 'met' : `missed: ${times(measured / aim)} of what it should be`;
}

export function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)} ×`;
}

export function micros(us: number): string {
  return `${us < 10 ? us.toFixed(1) : us.toFixed(0)} µs`;
}

export function millis(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
}

export function kilobytes(bytes: number): string {
  return `${(bytes / 1_000).toFixed(1)} KB`;
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(0)} MB`;
}

export function printRows(rows: readonly Row[]): string {
  return printTable(
    ['what', 'aim', 'measured', 'baseline', 'ratio', 'met?'],
    rows.map(({ what, aim, measured, baseline, ratio, verdict }) => [what, aim, measured, baseline, ratio, verdict]),
  );
}

/** As Markdown, with columns that line up in a terminal too. */
export function printTable(columns: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = columns.map((name, at) => Math.max(3, name.length, ...lines.map((line) => line[at]?.length ?? 0)));
  const print = (cells: readonly string[]): string =>
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`;
  return [print(columns), print(widths.map((width) => '-'.repeat(width))), ...lines.map(print)].join('\n');
}
