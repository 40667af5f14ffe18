import { describe, expect, it } from '@jest/globals';
import { DEMO_REQUESTS } from '../../src/sandbox/demo-requests.js';
import { createFormat } from '../../src/board/i18n/format.js';
import { chooseLanguage, LANGUAGES } from '../../src/board/i18n/languages.js';

/** Every text by its path, functions called with texts that are told apart. */
function textsOf(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, (value as (...args: string[]) => string)('«1»', '«2»')]];
  return Object.entries(value as object).flatMap(([key, inner]) => textsOf(inner, `${path}.${key}`));
}

describe('the languages', () => {
  it('have all texts, none of them empty, and none left in English', () => {
    const [english, ...others] = LANGUAGES.map(({ tag, messages }) => ({ tag, texts: new Map(textsOf(messages)) }));
    const SAME = /^\.(card\.location|token\.label|list\.type|types\.INVALID|add\.chat)$/;
    for (const { tag, texts } of others) {
      for (const [path, text] of english?.texts ?? []) {
        if (path.startsWith('.list.operations.') || path.startsWith('.card.attempts.')) continue;
        const own = texts.get(path) ?? '';
        expect(`${tag}${path} ${own.trim()}`).not.toBe(`${tag}${path} `);
        if (!SAME.test(path) && /[a-z]{4}/.test(text)) expect(`${tag}${path} ${own}`).not.toBe(`${tag}${path} ${text}`);
        for (const mark of ['«1»', '«2»']) expect([path, own.includes(mark)]).toEqual([path, text.includes(mark)]);
      }
    }
  });

  it.each(LANGUAGES)('count in every way that $tag does', ({ tag, messages }) => {
    const { count } = createFormat(tag);
    for (const n of [0, 1, 2, 5, 11, 1_000_000]) {
      for (const forms of [messages.list.operations, messages.card.attempts]) {
        expect(count(forms, n)).toContain(new Intl.NumberFormat(tag).format(n));
      }
    }
  });

  it('say what a token is for, where the gateway is as it comes', () => {
    for (const { messages } of LANGUAGES) expect(messages.token.hint).toContain('Microsoft Graph');
  });

  it('have a name for all that the sandbox offers', () => {
    for (const { messages } of LANGUAGES) {
      expect(Object.keys(messages.sandbox.requests).sort()).toEqual(DEMO_REQUESTS.map(({ name }) => name).sort());
    }
  });

  it.each([
    [['fr-CA', 'en'], 'fr'],
    [['ja-JP'], 'ja'],
    [['zh-CN'], 'zh-Hans'],
    [['zh'], 'zh-Hans'],
    [['zh-TW', 'ja'], 'ja'],
    [['pt-BR'], 'pt-BR'],
    [['pt'], 'pt-BR'],
    [['pt-PT'], 'pt-BR'],
    [['de', 'en-GB'], 'en'],
    [['de'], 'en'],
    [['not a tag', 'fr'], 'fr'],
    [[], 'en'],
  ])('are chosen by what the reader wishes: %j', (wishes, tag) => {
    expect(chooseLanguage(wishes).tag).toBe(tag);
  });
});

describe('a duration', () => {
  it.each([
    ['en', 0, '0 sec'],
    ['en', 31_000, '31 sec'],
    ['en', 65_400, '1 min, 5 sec'],
    ['en', 3_600_000, '1 hr'],
    ['en', 90_000_000, '1 day, 1 hr'],
    ['en', -5, '0 sec'],
    ['ja', 65_000, '1 分 5 秒'],
  ])('is written as %s does: %i ms', (tag, ms, text) => {
    expect(createFormat(tag).duration(ms)).toBe(text);
  });

  it('is told as time ago in its largest unit', () => {
    const { ago } = createFormat('en');
    expect([ago(5_000), ago(125_000), ago(7_300_000)]).toEqual(['5 sec. ago', '2 min. ago', '2 hr. ago']);
  });
});
