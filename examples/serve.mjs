// Serves one of the React examples, with the gateway behind the same address:  node examples/serve.mjs react-urql
// In a front end of your own, its development server does both; Vite calls the second `server.proxy`, with `ws: true`.
import http from 'node:http';
import https from 'node:https';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const [name = ''] = process.argv.slice(2);
const gateway = new URL(process.env.GATEWAY_URL ?? 'http://localhost:4000');
const port = Number(process.env.PORT ?? 5173);

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL(`${name}/main.tsx`, import.meta.url))],
  bundle: true,
  write: false,
  format: 'esm',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"development"' },
});
const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,">
<main id="root"></main><script type="module" src="/main.js"></script></html>`;

const { request } = gateway.protocol === 'https:' ? https : http;

/** Hands a request on as it came. */
const forward = ({ method, url, headers }) => request(new URL(url, gateway), { method, headers });

const server = http.createServer((asked, answer) => {
  if (asked.url === '/') answer.setHeader('Content-Type', 'text/html').end(page);
  else if (asked.url === '/main.js') answer.setHeader('Content-Type', 'text/javascript').end(outputFiles[0].contents);
  else {
    const forwarded = forward(asked)
      .on('response', (response) => {
        answer.writeHead(response.statusCode, response.headers).flushHeaders(); // the first event may be long in coming
        response.pipe(answer);
      })
      .on('error', () =>
        answer.headersSent ? answer.destroy() : answer.writeHead(502).end('There is no gateway: npm start'),
      );
    asked.pipe(forwarded);
    answer.on('close', () => forwarded.destroy()); // a stream is over when its page has gone
  }
});
server.on('upgrade', (asked, browser) => {
  browser.on('error', () => browser.destroy());
  forward(asked)
    .on('upgrade', ({ rawHeaders }, socket, head) => {
      const lines = rawHeaders.map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`));
      browser.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`);
      browser.write(head);
      socket.on('error', () => browser.destroy());
      browser.on('close', () => socket.destroy()).pipe(socket);
      socket.on('close', () => browser.destroy()).pipe(browser);
    })
    .on('response', () => browser.destroy())
    .on('error', () => browser.destroy())
    .end();
});
server.listen(port, '127.0.0.1', () => console.log(`Open http://localhost:${server.address().port}`));
