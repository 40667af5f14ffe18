import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import ts from 'typescript';
import { blocksOf, readPage } from './page.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(`${ROOT}README.md`, 'utf8');

/** What a reader has to think up, or brings along: by the name with which a block calls it. */
const BROUGHT: Readonly<Record<string, string>> = {
  account: 'declare const account: object;',
  ApolloLink: "import { ApolloLink } from '@apollo/client';",
  getToken: 'declare function getToken(): Promise<string>;',
  GraphQLResponse: "import { type GraphQLResponse } from 'relay-runtime';",
  GraphQLWsLink: "import { GraphQLWsLink } from '@apollo/client/link/subscriptions';",
  HttpLink: "import { HttpLink } from '@apollo/client';",
  location: 'declare const location: string;',
  msal: "declare const msal: import('./brought.js').Msal;",
  Observable: "import { Observable } from 'relay-runtime';",
  OperationTypeNode: "import { OperationTypeNode } from 'graphql';",
  scopes: 'declare const scopes: string[];',
  show: 'declare function show(...words: unknown[]): void;',
  socket: "declare const socket: import('graphql-ws').Client;",
  SubscribeFunction: "import { type SubscribeFunction } from 'relay-runtime';",
  subscriptionExchange: "import { subscriptionExchange } from 'urql';",
  token: 'declare function token(): Promise<string>;',
  TokenRequest: "import { type TokenRequest } from 'graph-operations-gateway/client';",
};

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  jsx: ts.JsxEmit.ReactJSX,
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
  paths: { 'graph-operations-gateway/client': [`${ROOT}src/client/client.ts`] },
};

/** The block as a module, with whatever else it speaks of before it. */
function moduleOf(block: string): string {
  const isIts = (name: string): boolean => new RegExp(`(?:const|function|import \\{[^}]*?) ?\\b${name}\\b`).test(block);
  const brought = Object.entries(BROUGHT).filter(
    ([name]) => new RegExp(`(?<![.'])\\b${name}\\b(?!:)`).test(block) && !isIts(name),
  );
  return [...brought.map(([, line]) => line), block, 'export {};'].join('\n');
}

/** What the compiler says of modules that are in no file. */
function problemsIn(modules: ReadonlyMap<string, string>): string[] {
  const files = ts.createCompilerHost(OPTIONS);
  const host: ts.CompilerHost = {
    ...files,
    fileExists: (name) => modules.has(name) || files.fileExists(name),
    getSourceFile(name, languageVersion) {
      const text = modules.get(name);
      if (text === undefined) return files.getSourceFile(name, languageVersion);
      return ts.createSourceFile(name, text, languageVersion, true);
    },
  };
  const program = ts.createProgram({ rootNames: [...modules.keys()], options: OPTIONS, host });
  return [...modules].flatMap(([name, text]) => {
    const file = program.getSourceFile(name);
    const problems = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return problems.map(({ messageText }) => `${ts.flattenDiagnosticMessageText(messageText, ' ')} in:\n${text}`);
  });
}

// Some seconds: the types of all the clients it names.
it('the code for front ends compiles, on its page and in the README', () => {
  const blocks = [readPage('in-your-front-end.md'), README].flatMap((page) =>
    ['ts', 'tsx'].flatMap((language) => blocksOf(page, language)),
  );
  expect(blocks.length).toBeGreaterThan(6);
  const modules = new Map(blocks.map((block, at) => [`${ROOT}test/docs/block-${at}.tsx`, moduleOf(block)]));
  expect(problemsIn(modules)).toEqual([]);
});
