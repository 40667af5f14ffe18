/**
 * GraphQL looks at `NODE_ENV` when it is loaded, and has each value compared with every class of its own where that is not
 * `production`: a third of what a test of a whole gateway takes. Others look too, so it is as it was afterwards.
 */
const { NODE_ENV = '' } = process.env;
process.env['NODE_ENV'] = 'production';
await import('graphql/jsutils/instanceOf.js');
process.env['NODE_ENV'] = NODE_ENV;

export {};
