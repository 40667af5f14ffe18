import { type Page } from 'playwright-core';
import { waitUntil } from './browser.js';

/** GraphiQL's editors, and the file names by which it knows their texts. */
const EDITORS = {
  document: 'operation.graphql',
  variables: 'variables.json',
  headers: 'request-headers.json',
  result: 'response.json',
} as const;

export type EditorName = keyof typeof EDITORS;

/** GraphiQL as a person uses it. Texts are read whole: the page itself shows only the lines that fit. */
export interface GraphiqlPage {
  /** Titles of the tabs, from the left: the names of the operations in them. */
  tabs(): Promise<string[]>;
  read(editor: EditorName): Promise<string>;
  write(editor: Exclude<EditorName, 'result'>, text: string): Promise<void>;
  /** Presses the button that runs, or stops what is running. */
  pressRun(): Promise<void>;
  /** Writes, runs, and does not wait for a result. */
  run(texts: { readonly document: string; readonly variables?: object; readonly headers?: object }): Promise<void>;
  /** What the result pane holds once `text` is part of it, parsed. */
  resultWith(text: string): Promise<unknown>;
  /** Waits until nothing is running. */
  settled(): Promise<void>;
}

/** Waits until GraphiQL in `page` can be used. */
export async function driveGraphiql(page: Page): Promise<GraphiqlPage> {
  const runButton = page.locator('.graphiql-execute-button');
  const tabTitles = page.locator('.graphiql-tab-button');
  // GraphiQL leaves Monaco on the window; its models are the editors' texts.
  const model = (editor: EditorName): string =>
    `globalThis.__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith(${JSON.stringify(EDITORS[editor])}))`;

  const graphiql: GraphiqlPage = {
    tabs: () => tabTitles.allTextContents(),
    read: (editor) => page.evaluate<string>(`${model(editor)}.getValue()`),
    async write(editor, text) {
      await page.evaluate(`${model(editor)}.setValue(${JSON.stringify(text)})`);
      if (editor !== 'document') return;
      // The name to run by is read from the document a moment after the last keystroke; the tab then shows it.
      const [, name = '<untitled>'] = /^\s*(?:query|mutation|subscription)\s+(\w+)/m.exec(text) ?? [];
      await page.locator('.graphiql-tab-active').getByText(name, { exact: true }).waitFor();
    },
    pressRun: () => runButton.click(),
    async run({ document, variables = {}, headers = {} }) {
      await graphiql.write('variables', JSON.stringify(variables));
      await graphiql.write('headers', JSON.stringify(headers));
      await graphiql.write('document', document);
      await graphiql.pressRun();
    },
    async resultWith(text) {
      await waitUntil(page, `${model('result')}.getValue().includes(${JSON.stringify(text)})`);
      return JSON.parse(await graphiql.read('result')) as unknown;
    },
    settled: () => page.locator('.graphiql-execute-button[aria-label^="Execute"]').waitFor(),
  };

  await runButton.waitFor();
  // One editor is there when all are: they are made in one step, after Monaco has come.
  await page.locator('.result-window .monaco-editor').first().waitFor();
  return graphiql;
}
