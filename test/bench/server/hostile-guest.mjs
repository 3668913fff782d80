/**
 * The guest agent of a desktop in which a model has taken over: it answers as POST /attack says, until it says otherwise.
 * Prints its port.
 */
import { Buffer } from 'node:buffer';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { screenPng } from './screen-png.mjs';

const MB = 1024 ** 2;
const screen = screenPng();
const executed = (more = {}) =>
  JSON.stringify({ status: 'success', output: '', error: '', returncode: 0, ...more });
let attack = 'none';

/** By attack, then by route: the answer's body, or what writes it. */
const ATTACKS = {
  'screenshots without end': { '/screenshot': endless(screen) },
  'screenshots of 200 MB': { '/screenshot': () => Buffer.concat([screen, Buffer.alloc(200 * MB)]) },
  'screenshots of 32 MB': { '/screenshot': () => Buffer.concat([screen, Buffer.alloc(31 * MB)]) },
  'screenshots of 9 MB': { '/screenshot': () => Buffer.concat([screen, Buffer.alloc(8 * MB)]) },
  'screenshots byte by byte': { '/screenshot': inBytes(screen) },
  'answers byte by byte': { '/execute': inBytes(Buffer.from(executed({ output: 'x'.repeat(4 * MB) }))) },
  'answers without end': { '/execute': endless(Buffer.from('{"output": "')) },
  'answers of a million values': {
    '/execute': () => `${executed().slice(0, -1)}, "x": [${'{},'.repeat(900_000)}0]}`,
  },
  'answers of line ends': {
    '/execute': () => executed({ returncode: 1, error: `${'\n'.repeat(15 * MB)}x` }),
  },
  'answers of blanks': { '/execute': () => executed({ returncode: 1, error: `x${' '.repeat(15 * MB)}x` }) },
  'errors of half tags': { '/execute': () => Buffer.alloc(15 * MB, '<'), status: 500 },
  'text of 15 MB': { '/execute': () => executed({ output: 'ab'.repeat(7 * MB) }) },
  'files without end': { '/file': endless(Buffer.alloc(MB, 'a')) },
  'files of 250 MB': { '/file': () => Buffer.alloc(250 * MB, 'a\n') },
  'a tree of 47 MB': {
    '/accessibility': () =>
      JSON.stringify({ AT: `<desktop-frame>${'<a b="c"><d/></a>'.repeat(2_900_000)}</desktop-frame>` }),
  },
  'a tree of depth': {
    '/accessibility': () =>
      JSON.stringify({
        AT: `<desktop-frame>${'<a>'.repeat(3_000_000)}${'</a>'.repeat(3_000_000)}</desktop-frame>`,
      }),
  },
};

const server = createServer(async (request, response) => {
  const body = await text(request);
  if (request.url === '/attack') {
    attack = body;
    response.end();
    return;
  }
  const how = ATTACKS[attack]?.[request.url];
  if (how?.length === 1) await how(response);
  else if (how) await answer(response, how(), ATTACKS[attack].status);
  else if (request.url === '/screenshot') await answer(response, screen);
  else if (request.url === '/screen_size') await answer(response, '{"width": 1920, "height": 1080}');
  else await answer(response, executed());
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));

async function answer(response, body, status = 200) {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

function endless(chunk) {
  return async (response) => {
    response.on('error', () => undefined);
    while (!response.destroyed) {
      if (!response.write(chunk)) await writable(response);
    }
  };
}

/** Or closed. */
function writable(stream) {
  return new Promise((resolve) => {
    const go = () => {
      stream.off('drain', go).off('close', go);
      resolve();
    };
    stream.on('drain', go).on('close', go);
  });
}

/** Each byte is an HTTP chunk of its own. */
function inBytes(body) {
  return async (response) => {
    const piece = 64 * 1024;
    for (let start = 0; start < body.length && !response.destroyed; start += piece) {
      const chunks = Array.from(body.subarray(start, start + piece), (byte) =>
        Buffer.from([0x31, 13, 10, byte, 13, 10]),
      );
      if (start === 0) {
        response.writeHead(200, { 'transfer-encoding': 'chunked' });
        response.flushHeaders();
      }
      if (!response.socket.write(Buffer.concat(chunks))) await writable(response.socket);
    }
    response.socket.write('0\r\n\r\n');
  };
}
