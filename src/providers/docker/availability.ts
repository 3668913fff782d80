/** Whether a desktop could be started at once, with nothing downloaded: what `provider: auto` asks. */
import { toArpoEnvError } from '../../errors.js';
import type { DesktopSettings } from './container-options.js';
import { findImage, withTag } from './image.js';
import { findMachine, findProblems } from './preflight.js';

/** One clause, or null when nothing is missing. Never throws. */
export async function whyUnavailable(
  settings: DesktopSettings & { image: string },
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | null> {
  try {
    const machine = await findMachine(env);
    const name = withTag(settings.image);
    const image = await findImage(machine.daemon.api, name);
    if (!image) return `the image ${name} is not here`;
    const [first] = await findProblems(machine, name, image, settings);
    return first?.message ?? null;
  } catch (error) {
    return toArpoEnvError(error).message;
  }
}
