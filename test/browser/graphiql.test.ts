import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { Kind, parse } from 'graphql';
import { describeInBrowser, type Visit, waitUntil } from '../support/browser.js';
import { driveGraphiql, type GraphiqlPage } from '../support/graphiql.js';
import { startToyGateway, type ToyGateway } from './toy-gateway.js';

const root = new URL('../../', import.meta.url);

describeInBrowser('GraphiQL', (browser) => {
  let gateway: ToyGateway;
  let visits: Visit[];

  beforeAll(async () => {
    await promisify(execFile)(process.execPath, [fileURLToPath(new URL('tools/build-pages.mjs', root))]);
    gateway = await startToyGateway(new URL('dist/graphiql', root));
  });
  beforeEach(() => {
    gateway.reset();
    visits = [];
  });
  afterAll(() => gateway.stop());
  afterEach(() => {
    for (const { requests, violations } of visits) {
      expect(requests.filter((request) => new URL(request).host !== new URL(gateway.url).host)).toEqual([]);
      expect(violations).toEqual([]);
    }
  });

  async function open(query = ''): Promise<GraphiqlPage & { readonly visit: Visit }> {
    const visit = await browser.visit(`${gateway.url}/graphql${query}`);
    visits.push(visit);
    return { ...(await driveGraphiql(visit.page)), visit };
  }

  it('opens the examples, the watch of an operation first, each with its variables', async () => {
    const graphiql = await open();
    const examples = await readExamples();
    const tabs = await graphiql.tabs();
    expect(tabs.toSorted()).toEqual(examples.map(({ name }) => name).toSorted());

    const first = examples.find(({ name }) => name === tabs[0]);
    expect(first?.document).toMatch(/^subscription [^}]*operationStatusChanged\(/m);
    expect(await graphiql.read('document')).toBe(first?.document);
    expect(await graphiql.read('variables')).toBe(first?.variables ?? '');
    expect(await graphiql.visit.page.title()).toBe('graph-operations-gateway');
    const board = graphiql.visit.page.getByTitle('The live board');
    expect(await board.getAttribute('href')).toBe('/');
    expect(graphiql.visit.errors).toEqual([]);
  });

  it('runs a query over HTTP with the headers that were typed', async () => {
    const graphiql = await open();
    await graphiql.run({
      document: 'query Sum($a: Int!) { sum(a: $a, b: 2) authorization }',
      variables: { a: 40 },
      headers: { Authorization: 'Bearer one' },
    });
    expect(await graphiql.resultWith('sum')).toEqual({ data: { sum: 42, authorization: 'Bearer one' } });
    expect(graphiql.visit.requests).not.toContainEqual(expect.stringMatching(/^ws/));
    expect(graphiql.visit.errors).toEqual([]);
  });

  it('shows each push of a subscription until it is stopped, which the gateway hears of', async () => {
    const graphiql = await open();
    const subscribed = gateway.subscribed();
    await graphiql.run({ document: 'subscription Said { said }' });
    await subscribed;
    for (const word of ['notStarted', 'inProgress']) {
      gateway.say(word);
      expect(await graphiql.resultWith(word)).toEqual({ data: { said: word } });
    }
    await mkdir(new URL('test-output/', root), { recursive: true });
    await graphiql.visit.page.screenshot({ path: fileURLToPath(new URL('test-output/graphiql.png', root)) });

    const unsubscribed = gateway.unsubscribed();
    await graphiql.pressRun();
    await unsubscribed;
    await graphiql.settled();
    expect(graphiql.visit.requests).toContain(`${gateway.url.replace('http', 'ws')}/graphql`);
    expect(graphiql.visit.errors).toEqual([]);
  });

  it('hands the typed token to connection_init, and with each run the one that is typed then', async () => {
    const graphiql = await open();
    for (const headers of [{}, { authorization: 'Bearer one' }, { AUTHORIZATION: 'Bearer two', 'x-other': 'mine' }]) {
      const subscribed = gateway.subscribed();
      await graphiql.run({ document: 'subscription Said { said }', headers });
      await subscribed;
      await graphiql.pressRun();
      await graphiql.settled();
    }
    expect(gateway.inits).toEqual([undefined, { authorization: 'Bearer one' }, { authorization: 'Bearer two' }]);
    expect(graphiql.visit.requests.filter((request) => request.startsWith('ws'))).toHaveLength(3);
  });

  it('carries a subscription that runs on over a new websocket when another token is typed, and leaves the old one', async () => {
    const graphiql = await open();
    const subscribed = gateway.subscribed();
    await graphiql.run({ document: 'subscription Said { said }', headers: { authorization: 'Bearer one' } });
    await subscribed;
    gateway.say('notStarted');
    expect(await graphiql.resultWith('notStarted')).toEqual({ data: { said: 'notStarted' } });

    const again = gateway.subscribed();
    const left = gateway.unsubscribed();
    await graphiql.write('headers', '{ "authorization": "Bearer tw'); // nothing yet
    await graphiql.write('headers', '{ "authorization": "Bearer two" } // of somebody else');
    await Promise.all([again, left]);
    gateway.say('inProgress');
    expect(await graphiql.resultWith('inProgress')).toEqual({ data: { said: 'inProgress' } });
    expect(gateway.inits).toEqual([{ authorization: 'Bearer one' }, { authorization: 'Bearer two' }]);

    const unsubscribed = gateway.unsubscribed();
    await graphiql.pressRun();
    await unsubscribed;
    await graphiql.settled();
    expect(graphiql.visit.errors).toEqual([]);
  });

  it('shows at once, as an error, why there is no result', async () => {
    const graphiql = await open();
    const failureOf = async (document: string, headers = {}): Promise<unknown> => {
      await graphiql.run({ document, headers });
      const shown = await graphiql.resultWith('errors');
      await graphiql.settled();
      return shown;
    };
    for (const [code, reason] of [
      [4401, 'Unauthorized'],
      [4403, 'The token has expired'],
      [4500, ''],
    ] as const) {
      gateway.treat({ code, reason });
      expect(await failureOf('subscription Said { said }')).toEqual({
        errors: [{ message: `The websocket was closed: ${code} ${reason}`.trim(), extensions: { code, reason } }],
      });
    }
    gateway.treat('refuse');
    expect(await failureOf('subscription Said { said }')).toEqual({
      errors: [{ message: 'The websocket could not be opened, or it broke.' }],
    });
    gateway.treat('accept');
    expect(await failureOf('subscription Refused { refused }')).toMatchObject({
      errors: [{ message: 'Not for you.' }],
    });
    expect(await failureOf('subscription Wrong { wrong }')).toMatchObject({
      errors: [{ message: 'Cannot query field "wrong" on type "Subscription".' }],
    });
    expect(await failureOf('query Sum { sum(a: 1, b: 1) }', { 'not a name': 'x' })).toEqual({
      errors: [{ message: expect.stringContaining('Invalid name') }],
    });
    const { page } = graphiql.visit;
    await page.route('**/graphql', (route) => route.fulfill({ status: 502, body: 'Nobody is home.' }), { times: 1 });
    expect(await failureOf('query Sum { sum(a: 1, b: 1) }')).toEqual({
      errors: [{ message: 'HTTP 502 Bad Gateway: Nobody is home.' }],
    });
    expect(gateway.posted).toEqual([]);
  });

  it('shows the document that the address asks for beside the tabs it has, and runs nothing', async () => {
    const document = 'query Asked($a: Int!) { sum(a: $a, b: 1) }';
    const graphiql = await open(`?${String(new URLSearchParams({ query: document, variables: '{"a":1}' }))}`);
    const { page } = graphiql.visit;
    const tabs = await graphiql.tabs();
    expect(tabs).toEqual(['Asked', ...(await readExamples()).map(() => expect.any(String))]);
    expect(await graphiql.read('document')).toBe(document);
    expect(await graphiql.read('variables')).toBe('{\n  "a": 1\n}');

    await waitUntil(page, `localStorage.getItem('graphiql:tabState') !== null`);
    await page.goto(`${gateway.url}/graphql?query=${encodeURIComponent('query Next { authorization }')}`);
    const next = await driveGraphiql(page);
    expect(await next.tabs()).toEqual([...tabs, 'Next']);
    expect(await next.read('document')).toBe('query Next { authorization }');
    expect(await next.read('result')).toBe('');
    expect(gateway.posted).toEqual([]);
  });

  it('remembers what was run, and never a token', async () => {
    const graphiql = await open();
    const { page } = graphiql.visit;
    await graphiql.run({ document: 'query Kept { sum(a: 1, b: 1) }', headers: { authorization: 'Bearer secret' } });
    await graphiql.resultWith('sum');
    for (const key of ['queries', 'tabState']) {
      await waitUntil(page, `localStorage.getItem('graphiql:${key}')?.includes('query Kept')`);
    }
    expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain('secret');

    const tabs = await graphiql.tabs();
    await page.reload();
    const again = await driveGraphiql(page);
    expect(await again.read('document')).toBe('query Kept { sum(a: 1, b: 1) }');
    expect(await again.read('headers')).toBe('');
    expect(await again.tabs()).toEqual(tabs);
    await page.getByLabel('Show History').click();
    await page.locator('.graphiql-history-item').getByText('Kept').waitFor();
  });

  it('works in a browser that keeps nothing, and remembers until the page is left', async () => {
    const visit = await browser.visit(`${gateway.url}/graphql`, (page) =>
      page.addInitScript({
        content: `Object.defineProperty(globalThis, 'localStorage', {
          get: () => { throw new DOMException('Access is denied for this document.', 'SecurityError'); },
        });`,
      }),
    );
    visits.push(visit);
    const graphiql = await driveGraphiql(visit.page);
    await graphiql.run({ document: 'query Kept { sum(a: 1, b: 1) }' });
    expect(await graphiql.resultWith('sum')).toEqual({ data: { sum: 2 } });
    await visit.page.getByLabel('Show History').click();
    await visit.page.locator('.graphiql-history-item').getByText('Kept').waitFor();
    expect(visit.errors).toEqual([]);
  });

  it('opens the tab that was open, with its variables as they were written', async () => {
    const graphiql = await open();
    const { page } = graphiql.visit;
    await page.locator('.graphiql-tab-button').nth(1).click();
    await graphiql.write('document', 'query Kept($a: Int!) { sum(a: $a, b: 1) }');
    const variables = '{\n  "a": 1,\n  "headers": "mine"\n}';
    await graphiql.write('variables', variables);
    await waitUntil(page, `localStorage.getItem('graphiql:tabState')?.includes('mine')`);
    await waitUntil(page, `localStorage.getItem('graphiql:variables')?.includes('mine')`);
    const tabs = await graphiql.tabs();

    await page.reload();
    const again = await driveGraphiql(page);
    expect(await again.tabs()).toEqual(tabs);
    expect(await page.locator('.graphiql-tab-active .graphiql-tab-button').textContent()).toBe('Kept');
    expect(await again.read('document')).toBe('query Kept($a: Int!) { sum(a: $a, b: 1) }');
    expect(await again.read('variables')).toBe(variables);
  });

  it('explains the schema, and points at what it does not have', async () => {
    const graphiql = await open();
    const { page } = graphiql.visit;
    await graphiql.write('document', 'query Wrong { wrong }');
    await waitUntil(
      page,
      `__MONACO.editor.getModelMarkers({}).some(({ message }) => message.includes('Cannot query field "wrong"'))`,
    );
    while (page.workers().length < 3) await page.waitForEvent('worker');
    const workers = page.workers().map((worker) => /([a-z]+)\.worker-/.exec(worker.url())?.[1]);
    expect(workers.toSorted()).toEqual(['editor', 'graphql', 'json']);

    await page.getByLabel('Show Documentation Explorer').click();
    const explorer = page.locator('.graphiql-doc-explorer');
    await explorer.getByText('Subscription', { exact: true }).click();
    await explorer.getByText('Each word that is said.').waitFor();
    expect(graphiql.visit.errors).toEqual([]);

    // There is no sandbox here whose operations could be offered; the browser writes an error for each 404.
    await page.getByLabel('Show Running operations').click();
    await page.getByText('Another Graph than the sandbox is asked here').waitFor();
  });
});

async function readExamples(): Promise<{ name: string; document: string; variables: string | undefined }[]> {
  const folder = new URL('schema/examples/', root);
  const files = await readdir(folder);
  const read = (file: string): Promise<string> => readFile(new URL(file, folder), 'utf8');
  return await Promise.all(
    files
      .filter((file) => file.endsWith('.graphql'))
      .map(async (file) => {
        const document = await read(file);
        const variables = file.replace('.graphql', '.variables.json');
        const [definition] = parse(document).definitions;
        const name = definition?.kind === Kind.OPERATION_DEFINITION ? definition.name?.value : undefined;
        return {
          name: name ?? '<untitled>',
          document,
          variables: files.includes(variables) ? await read(variables) : undefined,
        };
      }),
  );
}
