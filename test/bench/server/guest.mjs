/** A guest agent that answers at once: the bench's desktop, in a process of its own. Prints its port. */
import { createServer } from 'node:http';
import { screenPng } from './screen-png.mjs';

const screen = screenPng();
const executed = JSON.stringify({ status: 'success', output: '', error: '', returncode: 0 });

const server = createServer((request, response) => {
  request.resume();
  request.once('end', () => {
    if (request.url === '/screenshot') {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': screen.length }).end(screen);
    } else if (request.url === '/json/version') {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"Browser":"Bench/1"}');
    } else {
      response.writeHead(200, { 'content-type': 'application/json' }).end(executed);
    }
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
