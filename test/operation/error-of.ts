/** What `work` throws, or undefined when it does not; for tests that look at more of an error than its message. */
export function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
