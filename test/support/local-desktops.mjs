/**
 * Local desktops of whichever user runs this, for tests that look at them from outside: an env server's part without the
 * rest. Options as JSON in argv[2]. The first line on stdout tells where they are; then each line on stdin, `{"desktop",
 * "script"}`, is answered by one with what the script did; with `file` or `tabs` in the place of `script`, by what the env
 * server's own clients get there. The end of stdin ends them.
 */
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const { count, ...options } = JSON.parse(process.argv[2] ?? '{}');
const built = (path) => import(fileURLToPath(new URL(`../../dist/${path}`, import.meta.url)));
const { LocalProvider } = await built('providers/local/provider.js');
const { AgentClient } = await built('desktop/agent-client.js');
const { withChrome } = await built('desktop/cdp.js');

const warnings = [];
const provider = new LocalProvider({
  screen: { width: 1280, height: 720 },
  ...{ ramSize: 2 ** 30, cpuCores: 2, vnc: false, confine: true },
  ...options,
  env: process.env,
  onWarning: (text) => warnings.push(text),
});
const problems = await provider.preflight();
const { signal } = new AbortController();
const desktops = await Promise.all(
  Array.from({ length: problems.length > 0 ? 0 : count }, () => provider.start({ signal, onProgress() {} })),
);
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
say({
  desktops: desktops.map(({ id, endpoints }) => ({ id, endpoints: Object.values(endpoints) })),
  warnings: [...warnings, ...problems.map(({ message, fix }) => `${message}; ${fix}`)],
});

for await (const line of createInterface({ input: process.stdin })) {
  const { desktop, script, file, tabs } = JSON.parse(line);
  if (file) say(await fileOf(desktops[desktop], file));
  else if (tabs) say(await tabsOf(desktops[desktop]));
  else say(await answerOf(desktops[desktop], script));
}
await Promise.all(desktops.map((desktop) => desktop[Symbol.asyncDispose]()));

async function answerOf({ endpoints, gone }, script) {
  try {
    const answer = await fetch(new URL('run_bash_script', endpoints.agent), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ script, timeout: 100 }),
      signal: AbortSignal.timeout(110_000),
    });
    return await answer.json();
  } catch (error) {
    return { output: `no answer: ${gone.aborted ? gone.reason.code : error}`, error: '', returncode: -1 };
  }
}

/** Never rejects; the error's text is in `error`. */
async function clientsAnswer(work) {
  return work.then(
    (output) => ({ output, error: '', returncode: 0 }),
    ({ message }) => ({ output: '', error: message, returncode: 1 }),
  );
}

function fileOf({ endpoints }, path) {
  const content = new AgentClient(endpoints.agent).file(path, { timeoutMs: 3000 });
  return clientsAnswer(content.then(String));
}

function tabsOf({ endpoints }) {
  const pages = async (context) => context.pages().map((page) => page.url());
  const open = withChrome(endpoints.cdp, { signal, timeoutMs: 3000, attempts: 1 }, pages);
  return clientsAnswer(open.then(String));
}
