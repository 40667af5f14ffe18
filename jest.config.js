import { availableParallelism } from 'node:os';

/** Native ESM (the run needs `--experimental-vm-modules`); swc strips the types and keeps decorator metadata. */
export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  setupFiles: ['reflect-metadata', '<rootDir>/test/support/graphql.setup.ts'],
  setupFilesAfterEnv: ['<rootDir>/test/support/secrets.setup.ts'],
  testSequencer: '<rootDir>/test/support/longest-first.mjs',
  reporters: ['default', '<rootDir>/test/support/secrets-reporter.mjs'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testTimeout: 60_000, // a machine with much else to do takes several times as long as one without
  // Much of the time is spent waiting for sockets, browsers and processes.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2022',
          keepClassNames: true,
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};
