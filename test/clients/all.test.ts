/** One file of tests: each loads the whole gateway anew, which takes longer than what most of these have it do. */
import './apollo.suite.js';
import './graphql-request.suite.js';
import './graphql-ws.suite.js';
import './relay.suite.js';
import './urql.suite.js';
