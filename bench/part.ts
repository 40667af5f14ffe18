import { type Row, type Series } from './table.js';

/** What one part of the bench found. */
export interface Findings {
  readonly rows: readonly Row[];
  readonly series?: readonly Series[];
}

/** @param quick as little of it as shows that it runs */
export type Part = (quick: boolean, say: (what: string) => void) => Promise<Findings>;
