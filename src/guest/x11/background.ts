/**
 * The desktop's background: a picture of ours until somebody chooses one. GNOME's setting says which one it is, as on the
 * original, also when a program of the desktop changes it.
 */
import { watch } from 'node:fs';

import { posix } from 'node:path';
import { errno, messageOf } from '../../lib/errno.js';
import { makeFolder } from '../../lib/make-folder.js';
import { paintDunes } from '../default-wallpaper.js';
import { GuestError, type GuestFiles, type Size } from '../machine.js';
import { PngEncoder } from '../png.js';
import type { Processes } from './processes.js';

export interface BackgroundParts {
  files: GuestFiles;
  processes: Processes;
  /** The home directory, with the settings that are watched. */
  home: string;
  /** Where the picture of ours lies as a file, once somebody asks for it. */
  defaultFile: string;
  /** Its size. */
  largest: Size;
  /** Ends the watching. */
  lifetime: AbortSignal;
  log(line: string): void;
}

const SETTING = ['org.gnome.desktop.background', 'picture-uri'] as const;
const DCONF_FILE = 'user';
const SETTING_SECONDS = 10;

export class Background {
  readonly #parts: BackgroundParts;
  /** Where dconf keeps what was set. */
  readonly #folder: string;
  /** What was chosen through us, for desktops without GNOME's settings. */
  #chosen: string | null = null;
  #defaultIsWritten: Promise<void> | null = null;

  constructor(parts: BackgroundParts) {
    this.#parts = parts;
    this.#folder = posix.join(parts.home, '.config', 'dconf');
  }

  /** The image's path, which need not be there; null when there is none. */
  async path(): Promise<string | null> {
    const chosen = await this.picture();
    if (chosen !== null) return chosen === '' ? null : chosen;
    this.#defaultIsWritten ??= this.#writeDefault().catch((error: unknown) => {
      this.#defaultIsWritten = null;
      throw error;
    });
    await this.#defaultIsWritten;
    return this.#parts.defaultFile;
  }

  async choose(path: string): Promise<void> {
    this.#chosen = path;
    const set = await this.#gsettings('set', [...SETTING, `file://${path}`]);
    if (set === null) this.#parts.log(`gsettings does not keep the wallpaper ${path}`);
  }

  /** Calls at every change of GNOME's setting; `dconf` keeps it in a file, which it replaces. */
  async follow(onChange: () => Promise<void>): Promise<void> {
    const { lifetime, log } = this.#parts;
    try {
      await makeFolder(this.#folder, 0o700);
      let busy: Promise<unknown> = Promise.resolve();
      const watcher = watch(this.#folder, { signal: lifetime }, (_event, name) => {
        if (name !== DCONF_FILE) return;
        busy = busy.then(onChange).catch((error: unknown) => log(`wallpaper: ${messageOf(error)}`));
      });
      watcher.on('error', (error) => log(`wallpaper: ${messageOf(error)}`));
    } catch (error) {
      // A desktop whose settings nobody watches is one all the same.
      log(`changes of the wallpaper are not followed: ${errno(error) ?? messageOf(error)}`);
    }
  }

  /** Path of the picture that somebody chose; null for the one of ours. */
  async picture(): Promise<string | null> {
    // As long as nobody has changed any setting, asking would only cost time.
    if ((await this.#parts.files.kind(posix.join(this.#folder, DCONF_FILE))) === null) return this.#chosen;
    const uri = await this.#gsettings('get', SETTING);
    if (uri === null) return this.#chosen;
    for (const path of pathsOf(uri)) {
      if ((await this.#parts.files.kind(path)) === 'file') return path;
    }
    // The schema's default names a picture that only GNOME's own desktop has.
    const byDefault = await this.#gsettings('get', SETTING, ['GSETTINGS_BACKEND=memory']);
    return uri === byDefault ? this.#chosen : (pathsOf(uri)[0] ?? '');
  }

  /** What it prints; null when there is no such program or it fails. */
  async #gsettings(verb: string, args: readonly string[], variables: string[] = []): Promise<string | null> {
    const { processes, lifetime } = this.#parts;
    if ((await processes.find('gsettings')) === null) return null;
    const options = { timeoutSeconds: SETTING_SECONDS, signal: lifetime };
    try {
      const { stdout, returncode } = await processes.run(
        ['env', ...variables, 'gsettings', verb, ...args],
        options,
      );
      return returncode === 0 ? stdout.toString().trim() : null;
    } catch (error) {
      if (!(error instanceof GuestError) || lifetime.aborted) throw error;
      return null;
    }
  }

  async #writeDefault(): Promise<void> {
    const { files, largest, defaultFile } = this.#parts;
    const png = await new PngEncoder('bgrx').encode(paintDunes(largest), largest);
    await files.write(defaultFile, [png]);
  }
}

/** As the original reads it, which leaves `%20` and the like as they are; and as GNOME means it. */
function pathsOf(uri: string): string[] {
  const path = uri.replaceAll('file://', '').replaceAll("'", '');
  try {
    return [...new Set([path, decodeURIComponent(path)])];
  } catch {
    return [path];
  }
}
