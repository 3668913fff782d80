/** Getters of applications' state: GIMP, VS Code, desktop shortcuts. Linux guests, as all of OSWorld's tasks have. */
import { z } from 'zod';
import { sleep } from '../../../lib/wait.js';
import type { EvaluationContext } from '../../judge.js';
import { PythonError } from '../../python/errors.js';
import { decode } from '../../python/text.js';
import { item, iterate, text } from '../../python/values.js';
import { saveInCache } from './files.js';
import { getter } from './getter.js';

const destConfig = z.looseObject({ dest: z.string() });

/** What the guest's Python needs to act; guest-api.md §4. */
const PYAUTOGUI = 'import pyautogui; import time; pyautogui.FAILSAFE = False; ';
/** What VS Code is given to carry out a command, as in the reference. */
const COMMAND_MS = 1_000;

/** A file of GIMP's settings, or null. */
export const gimpConfigFile = getter(
  destConfig.extend({ file_name: z.string() }),
  async (config, context) => {
    const content = await context.agent.file(`~/.config/GIMP/2.10/${config.file_name}`, {
      signal: context.signal,
    });
    return content === null || content.length === 0 ? null : saveInCache(context, config.dest, content);
  },
);

/** Runs a command of OSWorld's evaluation extension in VS Code's palette, and fetches the file that it writes. */
export const vscodeConfig = getter(
  destConfig.extend({ path: z.string(), vscode_extension_command: z.string() }),
  async (config, context) => {
    await act(`pyautogui.hotkey('ctrl', 'shift', 'p')`, context);
    // A JSON string is a Python string too.
    await act(`pyautogui.typewrite(${JSON.stringify(config.vscode_extension_command)})`, context);
    await act(`pyautogui.press('enter')`, context);
    await sleep(COMMAND_MS, context.signal);
    const content = await context.agent.file(config.path, { signal: context.signal });
    return content === null ? null : saveInCache(context, config.dest, content);
  },
);

/** Contents of the desktop entries on the desktop, by file name. */
export const shortcutsOnDesktop = getter(z.looseObject({}), async (_, { agent, signal }) => {
  const folder = await agent.desktopPath({ signal });
  const names = iterate(item(await agent.directoryTree(folder, { signal }), 'children'))
    .map((node) => text(item(node, 'name')))
    .filter((name) => name.endsWith('.desktop'));
  const shortcuts: Record<string, string> = {};
  for (const name of names) {
    const content = await agent.file(`${folder}/${name}`, { signal });
    if (content === null)
      throw new PythonError('AttributeError', `${name} is on the desktop, but no readable file`);
    shortcuts[name] = decode(content);
  }
  return shortcuts;
});

/** An error here would be an evaluation of something else than what was asked for. */
async function act(code: string, { agent, signal }: EvaluationContext): Promise<void> {
  const { returncode, error } = await agent.execute(['python', '-c', PYAUTOGUI + code], { signal });
  if (returncode !== 0) throw new Error(`the guest could not do ${code}: ${error.trim()}`);
}
