/** Speaks a worker's side of the protocol (src/evaluators/osworld/protocol.ts), and does with each metric what its name says. */
import { closeSync, readSync, writeSync } from 'node:fs';

const REQUESTS = 3;
const ANSWERS = 4;
const files = new Map();
let buffer = Buffer.alloc(0);
let evaluation = '';

function more() {
  const chunk = Buffer.alloc(65536);
  const size = readSync(REQUESTS, chunk, 0, chunk.length, null);
  if (size === 0) process.exit(0);
  buffer = Buffer.concat([buffer, chunk.subarray(0, size)]);
}

function take(size) {
  while (buffer.length < size) more();
  const taken = buffer.subarray(0, size);
  buffer = buffer.subarray(size);
  return taken;
}

function takeHeader() {
  while (!buffer.includes(10)) more();
  return JSON.parse(take(buffer.indexOf(10) + 1));
}

const say = (line) => writeSync(ANSWERS, `${line}\n`);
const own = (message) => say(JSON.stringify(message));
const answer = (message) => say(`>${JSON.stringify(message)}`);
const end = (reason, more = {}) => {
  files.clear();
  own({ ended: evaluation, reason, said: 'first\nlast words\n', resident: 1000, ...more });
};

const metrics = {
  pid: (id) => answer({ id, value: process.pid }),
  body: (id, body) => answer({ id, value: body }),
  files: (id) => answer({ id, value: Object.fromEntries(files) }),
  nan: (id) => answer({ id, value: { $float: 'NaN' } }),
  raise: (id) => answer({ id, raised: { type: 'ValueError', message: 'no' } }),
  unusable: (id) => answer({ id, unusable: 'it lacks a library' }),
  late: () => end('time'),
  big: () => end('memory'),
  exit: () => end('exit', { code: 3 }),
  fatten: (id) => answer({ id, value: 1 }),
  crash: () => {
    writeSync(2, 'Traceback\nSomething broke\n');
    process.exit(7);
  },
  close: () => {
    closeSync(ANSWERS);
    setInterval(() => undefined, 1000);
  },
  babble: () => say('what is this'),
  flood: () => {
    for (;;) writeSync(ANSWERS, 'x'.repeat(65536));
  },
  other: () => answer({ id: 1000, value: 1 }),
  wait: () => undefined,
};

own({ ready: true, python: '3.11.7', pid: process.pid });
for (;;) {
  const header = takeHeader();
  if (header.op === 'begin') {
    evaluation = header.evaluation;
    own({ begun: evaluation });
  } else if (header.op === 'file') {
    files.set(header.path, take(header.size).toString());
  } else if (header.op === 'end') {
    end('end');
  } else {
    metrics[header.name](header.id, JSON.parse(take(header.size)));
  }
}
