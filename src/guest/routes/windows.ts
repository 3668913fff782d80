/** Windows: /window_size, /setup/open_file, /setup/activate_window, /setup/close_window. */
import { posix } from 'node:path';
import { HttpPage, type JsonBody, jsonBody, sendJson, sendText, textField } from '../flask.js';
import { formFields } from '../form.js';
import { GuestError, type GuestMachine, type GuestWindow } from '../machine.js';
import { expandPath } from '../paths.js';
import { isTruthy } from '../python-values.js';
import { findWindow } from '../window-match.js';
import type { Routes } from './route.js';

/** The original waits this long for the window of a file. */
const OPEN_TIMEOUT_SECONDS = 1800;
const OPEN_POLL_MS = 1000;

export const windowRoutes: Routes = (app, { machine, signal }) => {
  app.post('/window_size', async (request, reply) => {
    const name = (await formFields(request)).get('app_class_name');
    if (name === undefined) return sendJson(reply, { error: 'app_class_name is required' }, 400);
    const window = (await machine().windows.list()).find(({ wmClass }) =>
      wmClass.some((part) => part.toLowerCase() === name.toLowerCase()),
    );
    // The original's handler returns nothing then, which its framework answers so.
    if (!window) throw new HttpPage(500);
    return sendJson(reply, window.size);
  });

  app.post('/setup/open_file', async (request, reply) => {
    const path = textField(jsonBody(request), 'path');
    if (path === null) return sendText(reply, 'Path not supplied!', 400);
    const full = expandPath(path, machine().environment);
    const isPath = (await machine().files.kind(full)) !== null;
    if (!isPath && !(await machine().programs.has(path))) {
      return sendText(reply, `Application/file not found: ${path}`, 404);
    }
    try {
      if (isPath) await machine().programs.open(full);
      else await machine().programs.launch([path]);
      const name = isPath ? posix.basename(full) : path;
      const window = await windowNamed(machine(), [name, posix.parse(name).name], signal);
      if (!window)
        return sendText(
          reply,
          `Failed to find window for ${name} within ${OPEN_TIMEOUT_SECONDS} seconds.`,
          500,
        );
      await machine().windows.activate(window.id);
      return sendText(reply, 'File opened and window activated successfully');
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      return sendText(reply, `Failed to open ${path}. Error: ${error.message}`, 500);
    }
  });

  app.post('/setup/activate_window', async (request, reply) => {
    const body = jsonBody(request);
    const name = textField(body, 'window_name');
    if (name === null) return sendText(reply, 'window_name required', 400);
    await onWindow(machine(), body, name, (windows, id) => windows.activate(id));
    return sendText(reply, 'Window activated successfully');
  });

  app.post('/setup/close_window', async (request, reply) => {
    const body = jsonBody(request);
    // Unlike above the original takes an empty name, which is in every title.
    if (body.window_name === undefined) return sendText(reply, 'window_name required', 400);
    if (typeof body.window_name !== 'string') throw new HttpPage(500);
    await onWindow(machine(), body, body.window_name, (windows, id) => windows.close(id));
    return sendText(reply, 'Window closed successfully.');
  });
};

/** The answer is the same when there is no such window: the original ignores what wmctrl says. */
async function onWindow(
  { windows }: GuestMachine,
  { strict, by_class: byClass }: JsonBody,
  name: string,
  act: (windows: GuestMachine['windows'], id: string) => Promise<void>,
): Promise<void> {
  const match = { strict: isTruthy(strict), byClass: isTruthy(byClass) };
  const window = findWindow(await windows.list(), name, match);
  if (window) await act(windows, window.id);
}

async function windowNamed(
  { windows, clock }: GuestMachine,
  names: readonly string[],
  signal: AbortSignal,
): Promise<GuestWindow | null> {
  const deadline = clock.now() + OPEN_TIMEOUT_SECONDS * 1000;
  for (;;) {
    const window = (await windows.list()).find(({ title }) => names.some((name) => title.includes(name)));
    if (window) return window;
    if (clock.now() >= deadline) return null;
    await clock.sleep(OPEN_POLL_MS, signal);
  }
}
