import { readFile } from 'node:fs/promises';
import fastify from 'fastify';
import mercurius from 'mercurius';
import { answerParent, setting } from './child.js';

/** Mercurius with its JIT: our schema, and a resolver that answers with the same object from memory. */

/** The object as the gateway answered it. */
const operation = JSON.parse(setting('OPERATION')) as object;

const app = fastify();
await app.register(mercurius, {
  schema: await readFile('schema/schema.graphql', 'utf8'),
  resolvers: {
    Query: { operation: () => operation },
    Operation: { resolveType: () => 'TeamsAsyncOperation' },
    Node: { resolveType: () => 'TeamsAsyncOperation' },
  },
  jit: 1,
});
answerParent(await app.listen({ host: '127.0.0.1', port: 0 }));
