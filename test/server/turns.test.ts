import { expect, it } from '@jest/globals';
import { Turns } from '../../src/server/turns.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('takes one of what comes at once per turn, in its order, and holds its source back until all is taken', async () => {
  const log: string[] = [];
  const turns = new Turns<number>(
    { pause: () => void log.push('pause'), resume: () => void log.push('resume') },
    { take: (one) => void log.push(String(one)) },
  );
  for (const one of [1, 2, 3]) turns.bring(one);
  expect(log).toEqual(['1', 'pause', 'pause']);
  await turn();
  expect(log.slice(3)).toEqual(['2']);
  await turn();
  await turn();
  expect(log.slice(3)).toEqual(['2', '3', 'resume']);
  turns.bring(4); // what comes later is taken at once again
  expect(log.at(-1)).toBe('4');
});
