/**
 * A step's bytes by node:http and nothing else: `floor.mjs GUEST_URL send|guest`. `send` answers a history that is there
 * already; `guest` makes a step's two guest calls and encodes the screenshot, too. What node:http itself costs, that is:
 * guest calls over bare sockets, with HTTP written by hand, would cost less.
 */
import { createServer, request } from 'node:http';
import { screenPng } from './screen-png.mjs';

const [guestUrl = '', work = ''] = process.argv.slice(2);
const EXECUTE = Buffer.from(JSON.stringify({ command: ['true'], shell: false }));
const ready = base64(screenPng());
let history = [];

const server = createServer((incoming, response) => {
  incoming.resume();
  incoming.once('end', async () => {
    if (incoming.url.startsWith('/env/reset')) history = [];
    else if (work === 'guest') await call('/execute', 'POST', EXECUTE);
    history.push(work === 'guest' ? base64(await call('/screenshot', 'GET')) : ready);
    response.setHeader(
      'content-length',
      history.reduce((sum, { length }) => sum + length, 0),
    );
    response.cork();
    for (const message of history) response.write(message);
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));

function call(route, method, body) {
  return new Promise((resolve, reject) => {
    const headers = body ? { 'content-type': 'application/json', 'content-length': body.length } : {};
    const outgoing = request(guestUrl + route, { method, agent: false, headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.once('end', () => resolve(Buffer.concat(chunks)));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

function base64(image) {
  return Buffer.from(image.toString('base64'), 'latin1');
}
