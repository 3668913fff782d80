import { afterAll, beforeAll, expect, it } from 'vitest';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { BothPaces } from '../support/both-paces.js';
import { describeWith } from '../support/components.js';
import { type Act, WHEN_BROWSING, WHEN_PROMPTED } from '../support/local-server.js';
import { describeWithTasks, osworldTask } from '../support/osworld-tasks.js';

const OPEN_TERMINAL = ["hotkey(key='ctrl alt t')", WHEN_PROMPTED];
const FINISHED = 'finished()';

const inTerminal = (command: string) => [...OPEN_TERMINAL, `type(content='${command}\\n')`, FINISHED];

/** Tasks of OSWorld that need neither network nor office suite: what solves each one, by actions alone, and what does not. */
const SCRIPTS: readonly { id: string; what: string; solved: Act[]; unsolved: Act[] }[] = [
  {
    id: 'bedcedc4-4d72-425e-ad62-21960b11fe0d',
    what: "os: 'Dim screen when inactive' is off",
    solved: inTerminal('gsettings set org.gnome.desktop.session idle-delay 0'),
    unsolved: inTerminal('gsettings set org.gnome.desktop.session idle-delay 60'),
  },
  {
    id: '3ce045a0-877b-42aa-8d2c-b4a863336ab8',
    what: 'os: text is larger',
    solved: inTerminal('gsettings set org.gnome.desktop.interface text-scaling-factor 1.5'),
    unsolved: inTerminal('gsettings set org.gnome.desktop.interface text-scaling-factor 1.1'),
  },
  {
    id: 'f9be0997-4b7c-45c5-b05c-4612b44a6118',
    what: "os: 'Do not disturb' is on",
    solved: inTerminal('gsettings set org.gnome.desktop.notifications show-banners false'),
    unsolved: inTerminal('gsettings get org.gnome.desktop.notifications show-banners'),
  },
  {
    id: '48d05431-6cd5-4e76-82eb-12b60d823f7d',
    what: 'multi_apps: conda is set up for the shell, beside a running Chrome',
    solved: [WHEN_PROMPTED, `type(content='echo "# >>> conda initialize >>>" >> ~/.bashrc\\n')`, FINISHED],
    unsolved: [WHEN_PROMPTED, `type(content='conda init bash\\n')`, FINISHED],
  },
  {
    id: '4783cc41-c03c-4e1b-89b4-50658f642bd5',
    what: 'os: a copy that cannot be made, as the target is not named',
    solved: ['call_user()'],
    unsolved: [`type(content='cp -r $sourceDir $targetDir\\n')`, FINISHED],
  },
];

describeWith('Xvfb', 'episodes on real local desktops', () => {
  let local: BothPaces;
  beforeAll(async () => {
    local = await BothPaces.start();
  });
  afterAll(() => local?.[Symbol.asyncDispose]());

  it('a command typed into a terminal writes a file that the evaluator reads', async () => {
    const path = '~/Desktop/greeting.txt';
    const task = {
      id: 'terminal',
      instruction: 'Write hello into greeting.txt on the desktop.',
      config: [],
      evaluator: {
        func: 'compare_config',
        result: { type: 'vm_file', path, dest: 'greeting.txt' },
        expected: { type: 'rule', rules: { expected: 'hello\n' } },
      },
    };
    expect(await local.play(task, inTerminal('echo hello > ~/Desktop/greeting.txt'))).toBe(1);
    const desktop = local.reference.desktops.at(-1);
    if (!desktop) throw new Error('no desktop');
    await desktop.resume();
    expect((await new AgentClient(desktop.endpoints.agent).file(path))?.toString()).toBe('hello\n');
    await desktop.pause();
    expect(await local.reference.play(task, [FINISHED])).toBe(0);
  });

  it('Chrome opens a page of the desktop itself, and the getter of its tabs sees the address', async () => {
    const url = 'http://127.0.0.1:8000/page.html';
    const page = 'cd /tmp && echo "<title>A local page</title>" > page.html';
    const task = {
      id: 'local-page',
      instruction: `Open ${url} in Chrome.`,
      config: [
        { type: 'execute', parameters: { command: page, shell: true } },
        {
          type: 'launch',
          parameters: {
            command: 'cd /tmp && exec python3 -m http.server --bind 127.0.0.1 8000',
            shell: true,
          },
        },
        { type: 'launch', parameters: { command: ['google-chrome', '--remote-debugging-port=1337'] } },
        {
          type: 'launch',
          parameters: { command: ['socat', 'tcp-listen:9222,fork', 'tcp:localhost:1337'] },
        },
        { type: 'chrome_open_tabs', parameters: { urls_to_open: ['about:blank'] } },
      ],
      evaluator: {
        func: 'is_expected_tabs',
        result: { type: 'open_tabs_info' },
        expected: { type: 'rule', rules: { type: 'url', urls: [url] } },
      },
    };
    const open = ["hotkey(key='ctrl l')", `type(content='${url}\\n')`, 'wait()', FINISHED];
    expect(await local.play(task, [WHEN_BROWSING, ...open])).toBe(1);
    expect(await local.reference.play(task, [WHEN_BROWSING, FINISHED])).toBe(0);
  });

  describeWithTasks('five tasks of OSWorld', () => {
    describeWith('gsettings', 'once solved, once not', () => {
      it.each(SCRIPTS)('$what', async ({ id, solved, unsolved }) => {
        const task = osworldTask(id);
        expect(await local.play(task, solved)).toBe(1);
        expect(await local.reference.play(task, unsolved)).toBe(0);
      });
    });
  });
});
