import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * Which folder of src/ may import which: arrows point at the domain, and a folder may skip ahead along its arrow but
 * not turn back or step sideways. The map is drawn in CONTRIBUTING.md.
 */
const MAY_IMPORT = {
  lib: [],
  operation: ['lib'],
  poll: ['operation', 'lib'],
  graph: ['operation', 'lib'],
  store: ['operation', 'lib'],
  identity: ['operation', 'lib'],
  api: ['poll', 'operation', 'lib'],
  server: ['api', 'poll', 'operation', 'lib'],
  telemetry: ['server', 'poll', 'graph', 'operation', 'lib'],
  sandbox: ['lib'],
  graphiql: ['client'],
  board: ['client'],
  client: [],
};

const folders = Object.keys(MAY_IMPORT);

const importDirection = folders.map((folder) => ({
  files: [`src/${folder}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            group: folders
              .filter((other) => other !== folder && !MAY_IMPORT[folder].includes(other))
              .map((other) => `**/${other}/**`)
              .concat('**/app.js', '**/app/**', '**/config.js', '**/config/**'),
            message: `src/${folder} may import only: ${[folder, ...MAY_IMPORT[folder]].join(', ')}.`,
          },
        ],
      },
    ],
  },
}));

/** Time, randomness and the environment come in as arguments; these are the only doors to them. */
const ambient = {
  files: ['src/**/*.ts'],
  ignores: ['src/lib/**', 'src/config.ts', 'src/main.ts', 'src/sandbox/main.ts', 'src/client/surroundings.ts'],
  rules: {
    'no-restricted-globals': ['error', 'setTimeout', 'setInterval', 'fetch'],
    'no-restricted-properties': [
      'error',
      { object: 'Date', property: 'now', message: 'Take a Clock.' },
      { object: 'Math', property: 'random', message: 'Take a Random.' },
      { object: 'process', property: 'env', message: 'Only config.ts reads the environment.' },
    ],
  },
};

export default tseslint.config(
  { ignores: ['build/', 'dist/', 'dist-*/', 'coverage/', 'test-output/', 'test/generated/', 'src/*/generated/'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'tools/*.mjs', 'examples/*.mjs', 'examples/node/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      // The decorated classes say what GraphQL's types look like; what resolvers return is plain data.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      'no-control-regex': 'off', // refusing control characters is what these expressions are for
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  { files: ['**/*.{js,mjs}'], ...tseslint.configs.disableTypeChecked },
  {
    files: ['tools/**/*.mjs', 'examples/**/*.mjs'],
    languageOptions: { globals: { console: 'readonly', process: 'readonly', URL: 'readonly' } },
  },
  ...importDirection,
  ambient,
);
