/** What an expression of PromQL asks for. */
export interface Asked {
  readonly name: string;
  /** As they are written: `{outcome="throttled"}`; empty where nothing is. */
  readonly labels: string;
}

const WORDS = ['and', 'or', 'unless', 'by', 'without', 'on', 'ignoring', 'bool', 'group_left', 'group_right'];

/** Every metric in it: each name that is neither a function nor a word of the language, nor a label. */
export function metricsIn(expression: string): readonly Asked[] {
  const withoutGroups = expression.replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  const withoutRanges = withoutGroups.replace(/\[[^\]]*\]/g, ' ');
  return [...withoutRanges.matchAll(/([a-zA-Z_:][\w:]*)(\s*\()?(\{[^}]*\})?/g)].flatMap(
    ([, name = '', call, labels = '']) => (call !== undefined || WORDS.includes(name) ? [] : [{ name, labels }]),
  );
}
