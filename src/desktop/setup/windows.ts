/** Steps that act on what is on the guest's screen: open, activate_window, close_window, change_wallpaper. */
import { z } from 'zod';
import { ArpoEnvError, toArpoEnvError } from '../../errors.js';
import { refusedWith } from '../agent-errors.js';
import { guestPath, step } from './step-kind.js';
import { tolerated } from './tolerated.js';

const windowParameters = z.strictObject({
  window_name: z.string().min(1),
  strict: z.boolean().default(false),
  by_class: z.boolean().default(false),
});

const query = ({ window_name, strict, by_class }: z.output<typeof windowParameters>) => ({
  windowName: window_name,
  strict,
  byClass: by_class,
});

/** A file, or a command on PATH; the guest waits up to 1800 s for its window. */
export const open = step(z.strictObject({ path: z.string().min(1) }), async ({ path }, { agent, signal }) => {
  await naming(path, () => agent.openFile(path, { signal }));
});

export const activateWindow = step(windowParameters, async (parameters, context) => {
  const activate = () => context.agent.activateWindow(query(parameters), { signal: context.signal });
  await tolerated(`activate_window ${parameters.window_name}`, activate, context);
});

export const closeWindow = step(windowParameters, async (parameters, context) => {
  const close = () => context.agent.closeWindow(query(parameters), { signal: context.signal });
  await tolerated(`close_window ${parameters.window_name}`, close, context);
});

/** OSWorld only logs a failure here; no task of its 369 has the step, so none counts on that, and ours is an error. */
export const changeWallpaper = step(
  z.strictObject({ path: guestPath }),
  async ({ path }, { agent, signal }) => {
    await naming(path, () => agent.changeWallpaper(path, { signal }));
  },
);

/** E_TASK_INVALID for a file that is not there: another desktop does not have it either. */
async function naming(path: string, operation: () => Promise<void>): Promise<void> {
  try {
    await operation();
  } catch (error) {
    if (refusedWith(error) !== 404) throw error;
    const { message } = toArpoEnvError(error);
    const fix = `correct the path ${path} in the task, or let a step before this one put the file there`;
    throw new ArpoEnvError({ code: 'E_TASK_INVALID', message, fix }, { cause: error });
  }
}
