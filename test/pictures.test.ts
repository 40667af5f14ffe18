import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const ROOT = new URL('../', import.meta.url);
const IMAGES = new URL('docs/images/', ROOT);
/** A page should be there at once, also by telephone. */
const MAX_BYTES = 150_000;

interface Picture {
  readonly page: string;
  readonly file: URL;
  /** What it says to whoever does not see it; null for another form of a picture that says it. */
  readonly words: string | null;
}

function picturesOf(page: string): Picture[] {
  const text = readFileSync(new URL(page, ROOT), 'utf8');
  const at = (link = ''): URL => new URL(link, new URL(page, ROOT));
  return [
    ...[...text.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(([, words = '', link]) => ({ page, file: at(link), words })),
    ...[...text.matchAll(/<img src="([^"]+)" alt="([^"]*)"/g)].map(([, link, words = '']) => ({
      page,
      file: at(link),
      words,
    })),
    ...[...text.matchAll(/ srcset="([^"]+)"/g)].map(([, link]) => ({ page, file: at(link), words: null })),
  ];
}

const pages = ['.', 'docs'].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, ROOT))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`),
);
const pictures = pages.flatMap(picturesOf);

describe('the pictures of the documentation', () => {
  it('are there', () => {
    expect(pictures.length).toBeGreaterThan(0);
    expect(
      pictures.filter(({ file }) => !existsSync(file)).map(({ page, file }) => `${page}: ${file.pathname}`),
    ).toEqual([]);
  });

  it('say in words what they show', () => {
    expect(pictures.filter(({ words }) => words === '').map(({ file }) => file.pathname)).toEqual([]);
  });

  it('are small, and none is there that no page shows', () => {
    const shown = new Set(pictures.map(({ file }) => file.pathname));
    const files = readdirSync(IMAGES).map((name) => new URL(name, IMAGES));
    expect(files.filter(({ pathname }) => !shown.has(pathname)).map(({ pathname }) => pathname)).toEqual([]);
    expect(files.filter((file) => statSync(file).size > MAX_BYTES).map(({ pathname }) => pathname)).toEqual([]);
  });
});
