import { randomBytes } from 'node:crypto';

/** A number in [0, 1), as `Math.random` gives it; an argument wherever chance decides, so that tests own it. */
export type Random = () => number;

export const systemRandom: Random = () => randomBytes(4).readUInt32BE() / 2 ** 32;
