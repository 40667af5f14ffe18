import { spawnSync } from 'node:child_process';

/** What is measured has a processor for itself; the rest shares the others. */
export type Place = 'measured' | 'beside' | 'anywhere';

/** Numbers of the processors that the bench may use; empty where processes cannot be told on which one to run. */
const processors = readProcessors();

/** Whether what is measured really has a processor for itself. */
export const isPinned = processors.length > 1;

/** Before the command of a process, so that it runs there. */
export function pinTo(place: Place): readonly string[] {
  return isPinned ? ['taskset', '-c', listOf(place)] : [];
}

/** Moves this process, with all its threads. */
export function pinThisProcess(place: Place): void {
  if (isPinned) spawnSync('taskset', ['-a', '-cp', listOf(place), String(process.pid)]);
}

function listOf(place: Place): string {
  const [first, ...others] = processors;
  return (place === 'measured' ? [first] : place === 'beside' ? others : processors).join();
}

/** `pid 7's current affinity list: 0-2,5` */
function readProcessors(): readonly number[] {
  const { status, stdout } = spawnSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' });
  if (status !== 0) return [];
  const list = stdout.slice(stdout.lastIndexOf(':') + 1).trim();
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, nth) => from + nth);
  });
}
