/**
 * The worst that guests, models and clients do to one env. As a program it does one of them, `hostile-attacks.mjs NAME SERVER_URL
 * GUEST_URL`, and prints what came of it.
 */
import { Buffer } from 'node:buffer';
import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';

const MB = 1024 ** 2;
const TASK = { id: 'x', instruction: 'x', evaluator: { func: 'infeasible' } };
const CLICK = "Action: click(start_box='(100,200)')";

/** By name; `base` is the env's URL, `server` the server's. */
const ATTACKS = {
  none: async () => delay(3000, 'fine'),

  ...fromEach(
    [
      'screenshots without end',
      'screenshots of 200 MB',
      'screenshots of 32 MB',
      'screenshots of 9 MB',
      'screenshots byte by byte',
      'answers byte by byte',
      'answers without end',
      'answers of a million values',
      'answers of line ends',
      'answers of blanks',
      'errors of half tags',
    ],
    steps,
  ),

  ...fromEach(['files without end', 'files of 250 MB'], (attack) =>
    evaluated(attack, {
      func: 'compare_text_file',
      result: { type: 'vm_file', path: '/x', dest: 'x' },
      expected: { type: 'vm_file', path: '/x', dest: 'y' },
    }),
  ),
  ...fromEach(['a tree of 47 MB', 'a tree of depth'], (attack) =>
    evaluated(attack, {
      func: 'check_accessibility_tree',
      result: { type: 'accessibility_tree' },
      expected: { type: 'rule', rules: [{ xpath: '//a', selectors: ['a'] }] },
    }),
  ),
  'fuzzy_match of megabytes': evaluated('text of 15 MB', {
    func: 'fuzzy_match',
    result: { type: 'vm_command_line', command: 'x' },
    expected: { type: 'rule', rules: { expected: 'ba'.repeat(0.9 * MB) } },
  }),

  'predictions of 2 MB': predicted(() => `Thought: ${'x'.repeat(1.9 * MB)}\n${CLICK}`),
  'predictions of 900 kB': predicted(() => `Thought: ${'x'.repeat(900_000)}\n${CLICK}`),
  ...predictions({
    'a Thought': (fill) => `Thought: ${fill('x')}\n${CLICK}`,
    blanks: (fill) => `Thought: x${fill(' ')}\n${CLICK}`,
    calls: (fill) => `Action: ${fill("click(start_box='(1,2)')\n\n")}`,
    presses: (fill) => `Action: ${fill("press(key='a')\n\n")}`,
    brackets: (fill) => `Action: click(${fill('(')}`,
    'quotes and brackets': (fill) => `Action: type(content='${fill("')")}`,
    labels: (fill) => fill('\nAction: type(content='),
    backslashes: (fill) => `Action: type(content='${fill('\\')}')`,
    'what is typed': (fill) => `Action: type(content='${fill('<x')}')`,
    tags: (fill) => fill('<function=click></function>'),
    keys: (fill) => `Action: hotkey(key=[${fill("'a',")}])`,
    dots: (fill) => `Action: ${fill('a.')}`,
  }),

  'bodies of a million values': bodies(() => `{"prediction": "x", "x": [${'[],'.repeat(0.6 * MB)}0]}`),
  'bodies of depth': bodies(() => `{"prediction": "x", "x": ${'['.repeat(0.9 * MB)}${']'.repeat(0.9 * MB)}}`),
  'bodies of keys': bodies(
    () => `{"prediction": "x", ${Array.from({ length: 500_000 }, (_, n) => `"k${n}":0`).join()}}`,
  ),
  'tasks of 200 000 wrong steps': async ({ base }) => {
    const config = Array.from({ length: 200_000 }, (_, n) => ({ type: `t${n}` }));
    const task = { id: 'x', instruction: 'x', config, evaluator: { func: 'infeasible' } };
    return again(() => ask(`${base}/env/reset`, { json: { task_config: task } }));
  },
  'tasks with 2 MB of instruction': async ({ base }) => {
    const task = { id: 'x', instruction: 'x'.repeat(1.9 * MB), evaluator: { func: 'infeasible' } };
    return again(() => ask(`${base}/env/reset`, { json: { task_config: task } }));
  },
  'replays by key of large histories': async ({ base, tell }) => {
    await tell('screenshots of 9 MB');
    const step = (key) =>
      ask(`${base}/env/step`, {
        json: { prediction: CLICK },
        headers: { 'idempotency-key': key },
      });
    for (let n = 0; n < 8; n += 1) await step(`key ${n}`);
    return again(() => step('key 7'));
  },

  'OpenEnv: a client that never reads': async (context) => {
    await context.tell('screenshots of 9 MB');
    const socket = await openSession(context);
    socket.send(reset());
    socket.pause();
    for (let n = 0; n < 2000; n += 1) {
      socket.send(JSON.stringify({ type: 'step', data: { type: 'wait' } }));
      await delay(2);
    }
    socket.terminate();
    return 'ended';
  },
  'OpenEnv: errors that nobody reads': async (context) => {
    const socket = await openSession(context);
    socket.pause();
    const frame = JSON.stringify({ type: 'state', ['x'.repeat(1.9 * MB)]: 0 });
    for (let n = 0; n < 200; n += 1) {
      if (socket.readyState !== WebSocket.OPEN) break;
      socket.send(frame);
      await delay(20);
    }
    socket.terminate();
    return 'ended';
  },
  'OpenEnv: messages byte by byte': async (context) => {
    const socket = await openSession(context);
    let closed = '';
    socket.on('close', (code) => {
      closed = String(code);
    });
    for (let n = 0; n < 2_000_000 && closed === ''; n += 1) {
      socket.send('x', { fin: false });
      if (n % 5000 === 0) await delay(1);
    }
    socket.terminate();
    return `closed ${closed}`;
  },
  'OpenEnv: messages of a million values': async (context) => {
    const socket = await openSession(context);
    const frame = `{"type": "mcp", "data": [${'[],'.repeat(0.6 * MB)}0]}`;
    return again(() => exchanged(socket, frame));
  },
  'OpenEnv: a million frames': async (context) => {
    const socket = await openSession(context);
    for (let n = 0; n < 1_000_000; n += 1) {
      if (socket.readyState !== WebSocket.OPEN) return 'closed';
      socket.ping();
      if (n % 2000 === 0) await delay(1);
    }
    socket.terminate();
    return 'ended';
  },
};

function fromEach(names, attack) {
  return Object.fromEntries(names.map((name) => [name, attack(name)]));
}

function steps(attack) {
  return async ({ base, tell }) => {
    await tell(attack);
    let outcome = await ask(`${base}/env/step`, { json: { prediction: CLICK } });
    console.log(outcome);
    for (let step = 1; ; step += 1) {
      if (!outcome.startsWith('200') || step % 16 === 0) {
        await tell('none');
        await ask(`${base}/env/reset`, { json: { task_config: TASK } });
        await tell(attack);
      }
      outcome = await ask(`${base}/env/step`, { json: { prediction: CLICK } });
    }
  };
}

function evaluated(attack, evaluator) {
  return async ({ base, tell }) => {
    const task = { id: 'x', instruction: 'x', evaluator };
    await ask(`${base}/env/reset`, { json: { task_config: task } });
    await tell(attack);
    return again(() => ask(`${base}/env/evaluate`, { text: '' }));
  };
}

function predicted(prediction) {
  return async ({ base }) => {
    const text = JSON.stringify({ prediction: prediction() });
    return again(async () => {
      const outcome = await ask(`${base}/env/step`, { text });
      await ask(`${base}/env/reset`, { json: { task_config: TASK } });
      return outcome;
    });
  };
}

/** Each as long as one may be. */
function predictions(made) {
  const length = 130_000;
  const fill = (text) => text.repeat(length / text.length);
  return Object.fromEntries(
    Object.entries(made).map(([name, make]) => [`predictions of ${name}`, predicted(() => make(fill))]),
  );
}

function bodies(body) {
  return async ({ base }) => {
    const text = body();
    return again(() => ask(`${base}/env/step`, { text }));
  };
}

/** Without end; the outcome is printed as soon as there is one. */
async function again(work) {
  console.log(await work());
  for (;;) await work();
}

function openSession({ server }) {
  const socket = new WebSocket(`${server.replace('http', 'ws')}/openenv/0/ws`, { perMessageDeflate: false });
  socket.on('error', () => undefined);
  return new Promise((resolve) => socket.once('open', () => resolve(socket)));
}

function reset() {
  return JSON.stringify({ type: 'reset', data: { task_config: TASK } });
}

function exchanged(socket, frame) {
  return new Promise((resolve, reject) => {
    socket.once('message', (data) => resolve(/"[A-Z_]{6,}"/.exec(String(data))?.[0] ?? 'answered'));
    socket.once('close', (code) => reject(new Error(`closed ${code}`)));
    socket.send(frame);
  });
}

/** Status and code of the answer; the body is received and not kept. */
export function ask(url, { agent = false, json, text = json && JSON.stringify(json), headers = {} } = {}) {
  const body = text === undefined ? undefined : Buffer.from(text);
  return new Promise((resolve, reject) => {
    const typed = body && { 'content-type': 'application/json', 'content-length': body.length };
    const options = { method: body ? 'POST' : 'GET', agent, headers: { ...typed, ...headers } };
    const outgoing = request(url, options, (response) => {
      let start = '';
      response.on('data', (chunk) => {
        if (start.length < 5000) start += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve([response.statusCode, ...(/E_\w+/.exec(start) ?? [])].join(' ')));
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}

export const NAMES = Object.keys(ATTACKS);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, server, guest] = process.argv.slice(2);
  const tell = (attack) => ask(`${guest}/attack`, { text: attack });
  const outcome = await ATTACKS[name]({ base: `${server}/envs/0`, server, tell }).catch(
    (error) => error.message,
  );
  console.log(outcome);
}
