// Watches one operation to its end:  node examples/node/watch.mjs [LOCATION]
// GATEWAY_URL and TOKEN say where and as whom; without them it is the sandbox of `npm start`.
import { waitForOperation } from 'graph-operations-gateway/client';
import { WebSocket } from 'ws';

const DEMO = "/teams('7ea00000-0000-4000-8000-000000000001')/operations('0be7a000-0000-4000-8000-000000000001')";
const [location = DEMO] = process.argv.slice(2);

const operation = await waitForOperation({
  url: process.env.GATEWAY_URL ?? 'http://localhost:4000',
  token: process.env.TOKEN,
  webSocketImpl: WebSocket, // Node has one of its own from version 22 on
  ref: { location },
  onProgress: ({ observedAt, to, operation }) => console.log(observedAt, operation.operationType, to),
});

if (operation.error !== null) console.error(operation.error.code, operation.error.message);
process.exitCode = operation.state === 'SUCCEEDED' ? 0 : 1;
