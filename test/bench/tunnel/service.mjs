/** The env server's place: `/health`, `/body` with 64 MiB, `POST /sink` that takes what comes. Prints its port. */
import { createServer } from 'node:http';

const BLOCK = Buffer.alloc(1 << 20, 'arpo');
const BLOCKS = 64;

const server = createServer((request, response) => {
  if (request.url === '/body') {
    response.writeHead(200, { 'content-length': BLOCK.length * BLOCKS });
    let left = BLOCKS;
    const more = () => {
      while (left > 0) {
        left -= 1;
        if (!response.write(BLOCK)) return response.once('drain', more);
      }
      return response.end();
    };
    return more();
  }
  request.resume();
  return request.once('end', () => response.end('{"status":"ok"}'));
});
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.address().port));
