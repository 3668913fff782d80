/** What keeps a real X desktop from running on this machine, each with its fix. */

import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Problem } from '../../errors.js';
import { sandboxProblems } from '../../guest/sandbox/check.js';
import { describeMissing, missingX11Programs, type Places } from '../../guest/x11/requirements.js';
import { errno } from '../../lib/errno.js';
import { shellQuote } from '../../shell-words.js';

export interface PreflightOptions {
  /** Folder of all local desktops of this user. */
  desktops: string;
  vnc: boolean;
  /** Whether desktops get a sandbox. */
  confine: boolean;
  platform: NodeJS.Platform;
  /** Where X servers put their sockets. */
  sockets: string;
  /** Where programs and modules are looked up. Default: where the desktop will. */
  places?: Places;
}

/** Never throws. Beyond Linux nothing else is looked at. */
export async function findProblems(options: PreflightOptions): Promise<Problem[]> {
  if (options.platform !== 'linux') {
    return [
      {
        code: 'E_PROVIDER_UNAVAILABLE',
        message: `provider local is an X display with its programs on Linux, and this is ${options.platform}`,
        fix: 'arpo-env serve --provider docker',
      },
    ];
  }
  const problems = [
    await checkPrograms(options),
    // In a sandbox it has its own.
    options.confine ? null : await checkSockets(options.sockets),
    await checkFolder(options.desktops),
  ].filter((problem) => problem !== null);
  return options.confine && problems.length === 0 ? sandboxProblems(UNCONFINED) : problems;
}

const UNCONFINED = 'ARPO_ENV_PROVIDERS_LOCAL_CONFINE=off arpo-env serve --provider local';
const VNC_SERVER = 'x11vnc';

async function checkPrograms({ vnc, confine, places }: PreflightOptions): Promise<Problem | null> {
  const { required, optional, installRequired, installAll } = await missingX11Programs({
    ...places,
    sandbox: confine,
  });
  const forVnc = vnc ? optional.filter(({ names }) => names.includes(VNC_SERVER)) : [];
  const missing = [...required, ...forVnc];
  if (missing.length === 0) return null;
  return {
    code: 'E_PROVIDER_UNAVAILABLE',
    message: `provider local lacks ${describeMissing(missing)}`,
    fix: (forVnc.length > 0 ? installAll : installRequired) ?? '',
  };
}

/** Xvfb makes the folder where it is missing; in one of another user's it fails with words that nobody understands. */
async function checkSockets(folder: string): Promise<Problem | null> {
  if (await canBeMade(folder)) return null;
  return {
    code: 'E_NO_PERMISSION',
    message: `X servers put their sockets into ${folder}, and this user may not write there`,
    fix: `sudo install -d -m 1777 ${shellQuote(folder)}`,
  };
}

async function checkFolder(desktops: string): Promise<Problem | null> {
  if (await canBeMade(desktops)) return null;
  return {
    code: 'E_NO_PERMISSION',
    message: `local desktops are kept in ${desktops}, and this user may not write there; ARPO_ENV_STATE_DIR names another folder`,
    fix: 'export ARPO_ENV_STATE_DIR="$(mktemp -d)"',
  };
}

/** It is there and writable, or the nearest folder above it that is there is. */
async function canBeMade(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (errno(error) !== 'ENOENT' || dirname(folder) === folder) return false;
    return canBeMade(dirname(folder));
  }
}
