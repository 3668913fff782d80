/** One container started and ended: kernel, cgroups, storage driver and image fit together. */
import { join } from 'node:path';
import { docker, writeFile } from '../command.js';
import { readIfThere } from '../query.js';
import { cacheFolder, type SetupContext, type Step } from '../step.js';

export const container: Step = {
  id: 'container',
  title: 'Container smoke test',
  needs: ['image'],
  dockerOnly: true,
  async inspect(context) {
    const { settings } = context;
    if ((await readIfThere(context, mark(context)))?.trim() === settings.image) {
      return { state: 'done', note: `a container of ${settings.image} ran` };
    }
    return { state: 'needed', why: `no container of ${settings.image} has run yet` };
  },
  async plan(context) {
    const { image } = context.settings;
    return [
      docker(['run', '--rm', '--network', 'none', '--entrypoint', 'true', image], { limitMs: 5 * 60_000 }),
      writeFile('user', mark(context), `${image}\n`),
    ];
  },
  explain({ command, lines }) {
    if (command.as !== 'docker') return null;
    return {
      code: 'E_SETUP_STEP',
      message: `Docker cannot run a container: ${lines.at(-1) ?? 'no reason given'}`,
      fix: 'docker info shows the storage driver and the cgroups that the daemon found',
    };
  },
};

/** Written by the plan's own last command, so that the script of --dry-run leaves it as well. */
function mark(context: SetupContext): string {
  return join(cacheFolder(context), 'container-ran');
}
