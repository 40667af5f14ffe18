import { readFileSync } from 'node:fs';

/**
 * Adds up what jest wrote with `--json --outputFile`, one file per run, and ends with one plain line. The exit code is 1
 * when a test failed, when one was skipped that had what it needs, when a run failed otherwise, or when it wrote nothing.
 */

interface TestRun {
  /** False too when all tests passed and a secret of theirs was found in what they printed. */
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/** Microsoft's published answers are not part of this repository; the tests that read them say so. */
const MAY_SKIP = /samples\.test\.ts$/;

function readRun(file: string): TestRun | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestRun;
  } catch (error) {
    console.error(`No tests were run for ${file}: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

const files = process.argv.slice(2);
const runs = files.map(readRun).filter((run) => run !== null);
const skipped = runs.flatMap(({ testResults }) =>
  testResults
    .filter(({ name }) => !MAY_SKIP.test(name))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== 'passed' && status !== 'failed'),
);
for (const { fullName, status } of skipped) console.error(`${status}: ${fullName}`);

const sum = (count: (run: TestRun) => number): number => runs.reduce((total, run) => total + count(run), 0);
const passed = sum((run) => run.numPassedTests);
const failed = sum((run) => run.numFailedTests + run.numRuntimeErrorTestSuites);
const isBroken = runs.some(({ success }) => !success);
if (failed > 0 || isBroken || skipped.length > 0 || passed === 0 || runs.length < files.length) process.exitCode = 1;
console.log(`${passed} passed, ${failed} failed`);
