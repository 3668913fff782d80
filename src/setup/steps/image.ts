/** The desktop's container image, pulled or loaded. */
import { join } from 'node:path';
import { docker, HOUR_MS } from '../command.js';
import { query } from '../query.js';
import type { Step } from '../step.js';
import { pullProgress } from './pull-progress.js';

export const image: Step = {
  id: 'image',
  title: 'Desktop image',
  needs: ['docker-service', 'docker-group'],
  dockerOnly: true,
  async inspect(context) {
    const { settings } = context;
    const found = await query(context, docker(['image', 'inspect', '--format', '{{.Id}}', settings.image]));
    if (found.exitCode === 0) return { state: 'done', note: `${settings.image} is here` };
    return { state: 'needed', why: `${settings.image} is not on this machine` };
  },
  async plan({ settings: { image: name, offline } }) {
    if (offline !== null)
      return [docker(['load', '--input', join(offline, 'image.tar')], { limitMs: HOUR_MS })];
    return [
      docker(['pull', name], {
        terminal: true,
        progress: pullProgress,
        limitMs: 6 * HOUR_MS,
        retry: { attempts: 3, finalExitCodes: [] },
      }),
    ];
  },
  explain({ lines }, { settings }) {
    if (!lines.some((line) => /pull access denied|manifest unknown|not found: manifest/i.test(line)))
      return null;
    return {
      code: 'E_SETUP_STEP',
      message: `no registry has the image ${settings.image}`,
      fix: 'name another one in the config (providers.docker.image), or build it here first',
    };
  },
};
