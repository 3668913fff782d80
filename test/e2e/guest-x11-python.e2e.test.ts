/** The Python of a real X desktop: pyautogui as OSWorld's machine has it, for code that only an interpreter can run. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AgentClient } from '../../src/desktop/agent-client.js';
import { waitUntilReady } from '../../src/desktop/readiness.js';
import { findDesktopPython } from '../../src/guest/x11/desktop-python.js';
import { startX11Desktop } from '../../src/guest/x11/index.js';
import { LocalProvider } from '../../src/providers/local/provider.js';
import { describeWith } from '../support/components.js';
import { TemporaryFolder } from '../support/temporary-folder.js';

interface Played extends AsyncDisposable {
  url: URL;
}

const screen = { width: 1280, height: 720 };

async function inThisProcess(): Promise<Played> {
  const desktop = await startX11Desktop({ screen });
  return { url: desktop.agent, [Symbol.asyncDispose]: () => desktop[Symbol.asyncDispose]() };
}

async function ofTheProvider(): Promise<Played> {
  const state = new TemporaryFolder();
  const env = { ...process.env, ARPO_ENV_STATE_DIR: state.path };
  const provider = new LocalProvider({
    screen,
    ramSize: 2 ** 31,
    cpuCores: 2,
    vnc: false,
    confine: true,
    env,
  });
  const { signal } = new AbortController();
  const desktop = await provider.start({ signal, onProgress: () => undefined });
  await waitUntilReady(desktop.endpoints, { budgetMs: 60_000, signal, intervalMs: 50 });
  return {
    url: desktop.endpoints.agent,
    async [Symbol.asyncDispose]() {
      await desktop[Symbol.asyncDispose]();
      state[Symbol.dispose]();
    },
  };
}

const answerSchema = z.object({ output: z.string(), error: z.string(), returncode: z.number() });

/** A block, which no fast path reads. */
const block = (...lines: string[]) => ['if True:', ...lines.map((line) => `    ${line}`)].join('\n');

describeWith('Xvfb', 'Python on a real X desktop', () => {
  describe.each([
    ['in this process', inThisProcess],
    ['of provider local', ofTheProvider],
  ] as const)('%s', (_where, start) => {
    let played: Played;
    beforeAll(async () => {
      expect(await findDesktopPython(), 'fix: scripts/e2e-setup.sh').not.toBeNull();
      played = await start();
    });
    afterAll(() => played?.[Symbol.asyncDispose]());

    async function post(path: string, body: unknown): Promise<z.infer<typeof answerSchema>> {
      const response = await fetch(new URL(path, played.url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return answerSchema.parse(await response.json());
    }

    describe.each([
      ['/execute', (code: string) => post('execute', { command: ['python', '-c', code], shell: false })],
      ['/run_python_script', (code: string) => post('run_python_script', { code })],
      [
        'a login shell of /run_bash_script',
        (code: string) => post('run_bash_script', { script: `python3 - <<'END'\n${code}\nEND` }),
      ],
    ] as const)('through %s', (_title, run) => {
      /** Standard output of code that says nothing on stderr, not even that it found no key of the display. */
      const printed = async (code: string) => {
        const { output, error, returncode } = await run(code);
        expect({ error, returncode }).toEqual({ error: '', returncode: 0 });
        return output;
      };

      it('moves the pointer in a loop, with an easing, and says where it is', async () => {
        const code = [
          'import os, pyautogui',
          'pyautogui.FAILSAFE = False',
          'pyautogui.moveTo(100, 100)',
          'for step in range(3):',
          '    pyautogui.moveRel(10, 20, duration=0.2, tween=pyautogui.easeInOutQuad)',
          'x, y = pyautogui.position()',
          "print(os.environ['DISPLAY'][0], x, y, tuple(pyautogui.size()))",
        ];
        expect(await printed(code.join('\n'))).toBe(': 130 160 (1280, 720)\n');
        const cursor = await fetch(new URL('cursor_position', played.url));
        expect(await cursor.json()).toEqual([130, 160]);
      });

      it('sees the screen', async () => {
        const code = block(
          'import pyautogui',
          'image = pyautogui.screenshot()',
          'print(image.size, pyautogui.screenshot(region=(0, 0, 30, 20)).size)',
          'print(len(image.getcolors(1 << 24)) > 1)',
        );
        expect(await printed(code)).toBe('(1280, 720) (30, 20)\nTrue\n');
      });

      it('copies and pastes', async () => {
        const code = block('import pyperclip', "pyperclip.copy('aé€' * 3)", 'print(pyperclip.paste())');
        expect(await printed(code)).toBe('aé€aé€aé€\n');
      });

      it('has copied what can be pasted by the next statement', async () => {
        const code = [
          'import pyperclip',
          'from Xlib.display import Display',
          'display = Display()',
          "clipboard = display.intern_atom('CLIPBOARD')",
          'owner = lambda: display.get_selection_owner(clipboard)',
          'late = 0',
          'for number in range(20):',
          '    before = owner()',
          '    pyperclip.copy(str(number))',
          '    late += owner() == before',
          'print(late, pyperclip.paste())',
        ];
        expect(await printed(code.join('\n'))).toBe('0 19\n');
      });

      it('has the packages of its environment and those of the distribution', async () => {
        const code = block(
          'import sys, Xlib, PIL, requests, tkinter, pyautogui',
          "print(pyautogui.__version__, Xlib.__version__, sys.prefix.endswith('desktop-python'))",
        );
        expect(await printed(code)).toBe('0.9.54 (0, 15) True\n');
      });
    });

    it('types into a window what a loop says', async () => {
      const agent = new AgentClient(played.url);
      await agent.launch(['xterm', '-T', 'Typed', '-e', 'read line; echo "$line" >~/typed']);
      await agent.executeWithVerification({
        command: ['true'],
        shell: false,
        verification: { window_exists: 'Typed' },
        maxWaitSeconds: 10,
        checkIntervalSeconds: 0.1,
      });
      await agent.activateWindow({ windowName: 'Typed' });
      const code = block(
        'import pyautogui',
        "for word in ['Hello', 'a' * 3]:",
        "    pyautogui.write(word + ' ')",
        "pyautogui.press('enter')",
      );
      expect(await post('run_python_script', { code })).toMatchObject({ error: '', returncode: 0 });
      const typed = 'while ! [ -s ~/typed ]; do sleep 0.05; done; cat ~/typed';
      expect(await post('execute', { command: typed, shell: true })).toMatchObject({ output: 'Hello aaa\n' });
    });

    it('has pip, for the home', async () => {
      const command = 'pip --version; python3 -c "import site; print(site.ENABLE_USER_SITE)"';
      const { output } = await post('execute', { command, shell: true });
      expect(output).toMatch(/^pip .*desktop-python.*\nTrue\n$/);
    });
  });
});
