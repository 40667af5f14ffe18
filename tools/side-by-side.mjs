import { Buffer } from 'node:buffer';
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import process from 'node:process';

/**
 * Runs commands, as many at a time as there are cores: `node tools/side-by-side.mjs 'npm run lint' 'npm run types'`. What
 * one prints comes in one piece when it has ended. All of them run, and it fails when one has failed.
 */

const waiting = process.argv.slice(2);

/** @param {string} command @returns {Promise<boolean>} whether it succeeded */
function run(command) {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const printed = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => printed.push(bytes));
    child.once('close', (code, signal) => {
      process.stdout.write(`${Buffer.concat([Buffer.from(`\n> ${command}\n`), ...printed])}`);
      if (code !== 0) process.stderr.write(`failed with ${code ?? signal}: ${command}\n`);
      resolve(code === 0);
    });
  });
}

async function runOneAfterTheOther() {
  for (let command = waiting.shift(); command !== undefined; command = waiting.shift()) {
    if (!(await run(command))) process.exitCode = 1;
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, runOneAfterTheOther));
