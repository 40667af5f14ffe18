/** GraphiQL, with the documents of schema/examples in it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { getOperationAST, parse } from 'graphql';
import { filesIn, outputOf, readText, ROOT } from './build-page.mjs';

const EXAMPLES = 'schema/examples';

const WORKERS = {
  graphql: 'monaco-graphql/esm/graphql.worker.js',
  json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
};

/** graphiql/style.css has Monaco's styles in it; those that Monaco's modules import themselves would come twice. */
const withoutCssOfMonaco = {
  name: 'without-css-of-monaco',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]monaco-editor[\\/].*\.css$/ }, () => ({ contents: '', loader: 'empty' }));
  },
};

export const graphiql = {
  name: 'graphiql',
  title: 'GraphiQL',
  packages: [
    ...['graphql', 'graphql-ws', 'react', 'react-dom', 'monaco-editor', 'monaco-graphql', 'graphiql'],
    ...['@graphiql/react', '@graphiql/toolkit', '@graphiql/plugin-history', '@graphiql/plugin-doc-explorer'],
  ],
  folders: [EXAMPLES, 'src/client'],
  async bundle(build) {
    const workers = await build({ format: 'iife', entryPoints: workerEntries() });
    const { metafile } = await build({
      format: 'esm',
      splitting: true,
      entryPoints: { graphiql: 'src/graphiql/main.tsx' },
      loader: { '.ttf': 'file' },
      define: {
        EXAMPLES: JSON.stringify(await readExamples()),
        WORKERS: JSON.stringify(namesOfWorkers(workers.metafile)),
      },
      plugins: [withoutCssOfMonaco],
    });
    return metafile;
  },
};

function workerEntries() {
  return Object.fromEntries(Object.entries(WORKERS).map(([name, module]) => [`${name}.worker`, module]));
}

function namesOfWorkers({ outputs }) {
  return Object.fromEntries(
    Object.entries(WORKERS).map(([name, module]) => [name, path.basename(outputOf(outputs, module))]),
  );
}

/** `NAME.graphql` with `NAME.variables.json` beside it, if it takes variables. */
async function readExamples() {
  const files = (await filesIn(path.join(ROOT, EXAMPLES))).filter((file) => file.endsWith('.graphql'));
  const examples = await Promise.all(
    files.map(async (file) => {
      const query = await readFile(file, 'utf8');
      const variables = await readText(file.replace(/\.graphql$/, '.variables.json'));
      return variables === null ? { query } : { query, variables };
    }),
  );
  return examples.sort((a, b) => Number(isWatch(b)) - Number(isWatch(a))); // stable: the rest stays by name
}

/** Whether it is what the gateway is for: the subscription to `operationStatusChanged`. */
function isWatch({ query }) {
  const operation = getOperationAST(parse(query));
  const fields = operation?.selectionSet.selections ?? [];
  return operation?.operation === 'subscription' && fields.some(({ name }) => name?.value === 'operationStatusChanged');
}
