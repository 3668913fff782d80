/**
 * The local provider: real X desktops on this Linux machine, without a VM. Each is one process with everything that it
 * starts (`arpo-env guest --screen x11`) in a sandbox of its own and in a control group, where there are such.
 */

import { randomUUID } from 'node:crypto';
import type { Problem } from '../../errors.js';
import { packageFile } from '../../lib/package.js';
import { clearLeftDesktops } from '../../runs/left-desktops.js';
import { stateFolder } from '../../runs/state-folder.js';
import type { DesktopProvider, StartOptions } from '../provider.js';
import { type Confinement, findConfinement } from './confinement.js';
import type { Limits } from './control-group.js';
import type { LocalDesktop } from './desktop.js';
import { findProblems } from './preflight.js';
import { findOrphans } from './record.js';
import { startDesktop } from './start-desktop.js';

export interface LocalProviderOptions extends Limits {
  /** Pixels. */
  screen: { width: number; height: number };
  /** Serve each desktop over VNC. */
  vnc: boolean;
  /** Give each desktop a sandbox. Without, its programs can do what this user can. */
  confine: boolean;
  /** Default: this process's environment. */
  env?: NodeJS.ProcessEnv;
  /** What is run as the desktop's agent, outside a sandbox. Default: `arpo-env guest --screen x11`, of this very package. */
  guest?: readonly string[];
  /** What does not keep a desktop from starting but should be known, one sentence each. Default: nobody hears it. */
  onWarning?: (text: string) => void;
}

const UNCONFINED =
  'desktops get no sandbox (providers.local.confine is off): what a model does in one, it does to this machine, as this user, and every user of this machine reaches its Chrome';
/** X servers make it (xtrans); it cannot be put elsewhere. */
const SOCKETS = '/tmp/.X11-unix';

export class LocalProvider implements DesktopProvider {
  readonly name = 'local';
  readonly #options: LocalProviderOptions;
  readonly #env: NodeJS.ProcessEnv;
  readonly #desktops: string;
  #prepared: Promise<Confinement> | undefined;

  constructor(options: LocalProviderOptions) {
    this.#options = options;
    this.#env = options.env ?? process.env;
    this.#desktops = stateFolder(this.#env).desktops;
  }

  async preflight(): Promise<Problem[]> {
    const { vnc, confine } = this.#options;
    return findProblems({
      desktops: this.#desktops,
      ...{ vnc, confine },
      platform: process.platform,
      sockets: SOCKETS,
    });
  }

  async start(options: StartOptions): Promise<LocalDesktop> {
    options.signal.throwIfAborted();
    this.#prepared ??= this.#prepare();
    const { screen, vnc, confine, ramSize } = this.#options;
    const plain = [process.execPath, packageFile('bin/arpo-env.js'), 'guest', '--screen', 'x11'];
    return startDesktop({
      ...options,
      id: `local-${randomUUID().slice(0, 8)}`,
      desktops: this.#desktops,
      confinement: await this.#prepared,
      env: this.#env,
      guest: this.#options.guest ?? (confine ? null : plain),
      memory: ramSize,
      ...{ screen, vnc },
    });
  }

  /** Once, before the first desktop. Never throws. */
  async #prepare(): Promise<Confinement> {
    const warn = (text: string) => this.#options.onWarning?.(text);
    await clearLeftDesktops(() => findOrphans(this.#desktops), warn);
    if (!this.#options.confine) warn(UNCONFINED);
    const confinement = await findConfinement({ limits: this.#options, env: this.#env });
    if (confinement.shortfall !== null) warn(confinement.shortfall);
    return confinement;
  }
}
