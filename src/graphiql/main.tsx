import { HISTORY_PLUGIN } from '@graphiql/plugin-history';
import { tryParseJSONC } from '@graphiql/react';
import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { type Environment } from 'monaco-editor';
import { createRoot } from 'react-dom/client';
import { realSurroundings } from '../client/surroundings.js';
import { documentInAddress } from './document-in-address.js';
import { createFetcher } from './fetcher.js';
import { readOpenTab } from './open-tab.js';
import './page.css';
import { runningOperationsPlugin } from './running-operations.js';
import { readRunningOperations } from './sandbox.js';
import { createStorage } from './storage.js';
import { createTypedHeaders } from './typed-headers.js';

const environment: Environment = {
  getWorker(_id, label) {
    const name = label === 'graphql' || label === 'json' ? label : 'editor';
    return new Worker(new URL(WORKERS[name], import.meta.url));
  },
};
window.MonacoEnvironment = environment;

const address = new URL(window.location.href);
const endpoint = new URL(address.pathname, address);
const storage = createStorage(() => window.localStorage);

// GraphiQL looks for the tab to open by its text, in `initial…` before its store, and puts it beside the others when none
// has the same. Its store of single editors is not kept with its tabs, and its default tabs alone would open without variables.
const asked = documentInAddress(address);
const tabs = asked === null ? EXAMPLES : [asked, ...EXAMPLES];
const opened = asked ?? readOpenTab(storage) ?? EXAMPLES[0];

const request: typeof fetch = (input, init) => window.fetch(input, init);
const typed = createTypedHeaders({ parse: tryParseJSONC, wakeIn: realSurroundings.wakeIn });
const sandbox = new URL('sandbox', address);
const plugins = [HISTORY_PLUGIN, runningOperationsPlugin(() => readRunningOperations({ sandbox, endpoint }, request))];

const root = document.getElementById('graphiql');
if (root === null) throw new Error('The page has no element for GraphiQL.');

createRoot(root).render(
  <GraphiQL
    fetcher={createFetcher(endpoint, request, typed)}
    plugins={plugins}
    storage={storage}
    shouldPersistHeaders={false}
    onTabChange={({ tabs, activeTabIndex }) => {
      const tab = tabs[activeTabIndex];
      if (tab !== undefined) typed.tabIs(tab);
    }}
    {...(tabs.length > 0 && { defaultTabs: [...tabs] })}
    {...(opened !== undefined && { initialQuery: opened.query, initialVariables: opened.variables ?? '' })}
  >
    <GraphiQL.Logo>
      <a className="graphiql-logo-link" href={new URL('.', address).pathname} title="The live board">
        graph-operations-gateway
      </a>
    </GraphiQL.Logo>
  </GraphiQL>,
);
