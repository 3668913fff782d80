/**
 * Workers of OSWorld's evaluators where they run, with their doors, of whichever user runs this: an env server's part without
 * the rest. Options of `confinement` as JSON in argv[2]. The first line on stdout tells what it says; then each line on stdin,
 * `{"method", …}`, is answered by one. The end of stdin ends them.
 */
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const built = (path) =>
  import(fileURLToPath(new URL(`../../dist/evaluators/osworld/${path}`, import.meta.url)));
const { confinement } = await built('confine/confinement.js');
const { makeDoor } = await built('door.js');

const place = await confinement(JSON.parse(process.argv[2] ?? '{}'));
const { signal } = new AbortController();
const workers = [];
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
say({ pid: process.pid, problem: place.problem, warning: place.warning });

const methods = {
  /** `DOOR` among the words becomes the folder of its sockets. */
  async start({ program, readable }) {
    const door = await makeDoor();
    const inside = {};
    const argv = (said) => {
      Object.assign(inside, said);
      return program.map((word) => (word === 'DOOR' ? said.door : word));
    };
    const worker = await place.start({ argv, readable, door: door.folder, signal }).catch(async (error) => {
      await door[Symbol.asyncDispose]();
      throw error;
    });
    const said = Promise.all([text(worker.stdout), text(worker.stderr), worker.ended]);
    const answers = createInterface({ input: worker.answers })[Symbol.asyncIterator]();
    workers.push({ door, worker, said, answers, opening: null });
    return { worker: workers.length - 1, pid: worker.pid, door: door.folder, inside };
  },
  open({ worker, url }) {
    const endpoint = new URL(url);
    const endpoints = { agent: endpoint, cdp: endpoint, vlc: endpoint };
    workers[worker].opening = workers[worker].door.open({ endpoints, signal });
  },
  close({ worker }) {
    workers[worker].opening[Symbol.dispose]();
  },
  async request({ worker, line }) {
    workers[worker].worker.requests.write(`${line}\n`);
    return (await workers[worker].answers.next()).value;
  },
  async end({ worker }) {
    const [stdout, stderr, how] = await workers[worker].said;
    return { stdout, stderr, how };
  },
  async dispose({ worker }) {
    await workers[worker].worker[Symbol.asyncDispose]();
    await workers[worker].door[Symbol.asyncDispose]();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { method, ...parameters } = JSON.parse(line);
  try {
    say({ answer: (await methods[method](parameters)) ?? null });
  } catch ({ message, fix }) {
    say({ error: [message, fix].join('; ') });
  }
}
await Promise.all(workers.map((_, worker) => methods.dispose({ worker })));
