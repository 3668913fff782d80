/** Whatever a guest answers, and on whichever route: it is the guest's failure, told as such, and never a defect of ours. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { withChrome } from '../../src/desktop/cdp.js';
import type { DesktopEndpoints } from '../../src/desktop/endpoints.js';
import { taskSchema } from '../../src/desktop/task.js';
import { toArpoEnvError } from '../../src/errors.js';
import { GETTERS } from '../../src/evaluators/native/getters/index.js';
import { nativeJudge } from '../../src/evaluators/native/judge.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

const DEEP = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
const RUBBISH: [string, number, string][] = [
  ['null', 200, 'null'],
  ['a list', 200, '[]'],
  ['an empty object', 200, '{}'],
  ['a number', 200, '7'],
  ['a string', 200, '"done"'],
  ['nothing', 200, ''],
  ['half of JSON', 200, '{"output": "'],
  ['a web page', 200, '<html>hello</html>'],
  ['bytes', 200, '\ufffd\u0000\u001b'],
  [
    'objects for values',
    200,
    '{"output":{},"error":[],"returncode":{},"AT":{},"width":{},"height":[],"directory_tree":{"type":7,"children":"x"},"desktop_path":[],"accessibility":7,"webSocketDebuggerUrl":7}',
  ],
  [
    'numbers beside the point',
    200,
    '{"output":"1","error":"","returncode":1e999,"AT":"<","width":-1,"height":1e999,"directory_tree":null,"webSocketDebuggerUrl":"javascript:0"}',
  ],
  ['a prototype', 200, '{"__proto__":{"output":"x"},"constructor":{"prototype":{}},"toString":1}'],
  ['depth', 200, `{"output":${DEEP},"directory_tree":${DEEP},"AT":"${'<a>'.repeat(20_000)}"}`],
  ['204', 204, ''],
  ['304', 304, ''],
  ['400', 400, '{"error":7}'],
  ['404', 404, 'null'],
  ['418', 418, '[]'],
  // Those on which a request is repeated take seconds.
  ['501', 501, '\u001b]0;x\u0007'],
];
/** What may come of it. */
const TOLD = [
  'E_AGENT_FAILED',
  'E_AGENT_UNREACHABLE',
  'E_EVALUATE_FAILED',
  'E_SETUP_FAILED',
  'E_CHROME_UNREACHABLE',
];

let answer: { status: number; text: string } = { status: 200, text: '' };
const server = createServer((request, response) => {
  request.resume().once('end', () => response.writeHead(answer.status).end(answer.text));
});
let endpoints: DesktopEndpoints;
let agent: AgentClient;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  endpoints = { agent: url, cdp: url, watch: url, vlc: url };
  agent = new AgentClient(url);
});
afterAll(() => void server.close());

/** `fine`, or the code of the error. */
async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'fine';
  } catch (error) {
    return toArpoEnvError(error).code;
  }
}

describe.each(RUBBISH)('a guest that answers %s', (_, status, text) => {
  it('fails in the agent’s methods', async () => {
    answer = { status, text };
    const calls: Record<string, () => Promise<unknown>> = {
      screenshot: () => agent.screenshot({ retries: 0 }),
      execute: () => agent.execute('x'),
      executeWithVerification: () =>
        agent.executeWithVerification({
          ...{ command: 'x', shell: true, verification: {} },
          ...{ maxWaitSeconds: 1, checkIntervalSeconds: 1 },
        }),
      launch: () => agent.launch('x'),
      openFile: () => agent.openFile('x'),
      activateWindow: () => agent.activateWindow({ windowName: 'x' }),
      closeWindow: () => agent.closeWindow({ windowName: 'x' }),
      changeWallpaper: () => agent.changeWallpaper('x'),
      upload: () => agent.upload('x', Buffer.from('x')),
      file: () => agent.file('x'),
      wallpaper: () => agent.wallpaper(),
      terminalOutput: () => agent.terminalOutput(),
      accessibilityTree: () => agent.accessibilityTree(),
      missingTree: () => agent.missingTree(),
      rest: () => agent.rest({ limitMs: 10, pauseMs: 10 }, { signal: new AbortController().signal }),
      screenSize: () => agent.screenSize(),
      windowSize: () => agent.windowSize('x'),
      desktopPath: () => agent.desktopPath(),
      directoryTree: () => agent.directoryTree('x'),
      platform: () => agent.platform(),
      chrome: () =>
        withChrome(
          endpoints.cdp,
          { signal: AbortSignal.timeout(9000), timeoutMs: 9000, attempts: 1 },
          async () => 7,
        ),
    };
    for (const [name, call] of Object.entries(calls)) {
      expect(['fine', ...TOLD], name).toContain(await outcome(call));
    }
  });

  it('fails in evaluations', async () => {
    answer = { status, text };
    using folder = new TemporaryFolder();
    const config = {
      ...{ path: '/x', dest: 'x', command: 'x', app_class_name: 'x', url: 'http://x/', parse_keys: ['q'] },
      ...{ file_name: 'x', vscode_extension_command: 'x' },
    };
    for (const type of GETTERS.keys()) {
      // Of the web, nobody's answer, or a Chrome's, for which they wait long.
      if (/^(cloud_file|cache_file|rule|rule_relativeTime)$|tabs?_|page_info|^url_/.test(type)) continue;
      const task = taskSchema.parse({
        id: 'x',
        instruction: 'x',
        evaluator: {
          func: 'exact_match',
          result: { type, ...config },
          expected: { type: 'rule', rules: { expected: 'x' } },
        },
      });
      const judged = outcome(() =>
        nativeJudge.judge(task, {
          ...{ agent, endpoints, cacheDir: folder.path, clientPassword: 'x', actionHistory: [] },
          screen: { width: 1280, height: 720 },
          signal: AbortSignal.timeout(20_000),
        }),
      );
      expect(['fine', ...TOLD], type).toContain(await judged);
    }
  });
});
