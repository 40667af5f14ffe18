import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { searchFolder, tell } from './secrets-search.mjs';

/** Has the tests of a run write down what they hear, and fails the run when a secret of theirs is in it. */
export default class SecretsReporter {
  #folder = mkdtempSync(join(tmpdir(), 'secrets-of-tests-'));
  /** @type {Error | undefined} */
  #error;

  constructor() {
    process.env['SECRETS_FOLDER'] = this.#folder; // before the workers begin: they have the environment of now
  }

  onRunComplete() {
    const finding = searchFolder(this.#folder);
    const said = tell(finding);
    process.stderr.write(`${said}\n`);
    if (finding.leaks.length > 0) this.#error = new Error(said);
    rmSync(this.#folder, { recursive: true });
  }

  /** What it returns fails the run. */
  getLastError() {
    return this.#error;
  }
}
