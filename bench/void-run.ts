/** Why the figures of a run mean nothing: an answer was an error, or something that was to come did not. */
export class VoidRun extends Error {
  override readonly name = 'VoidRun';
}

/** @throws {VoidRun} where what a figure rests on does not hold */
export function demand(holds: boolean, why: string): asserts holds {
  if (!holds) throw new VoidRun(why);
}
