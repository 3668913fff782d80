/** What an env server on local desktops takes of the machine, by kind. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { findGroups } from '../../src/providers/local/find-groups.js';

export interface Resources {
  descriptors: number;
  listeners: number;
  processes: number;
  groups: number;
  files: number;
  mounts: number;
}

export class ServerResources {
  /** Of every desktop that was ever seen. */
  readonly #ids = new Set<string>();
  readonly #groups: readonly string[];

  private constructor(
    readonly pid: number,
    /** Where the server keeps everything. */
    readonly folder: string,
    groups: readonly string[],
  ) {
    this.#groups = groups;
  }

  static async of(pid: number, folder: string): Promise<ServerResources> {
    const { v1, v2 } = await findGroups('self');
    return new ServerResources(pid, folder, [...v1.values(), ...(v2 === null ? [] : [v2])]);
  }

  /** Which desktops there are: what is left of them later is found by their names. */
  look(): void {
    for (const id of list(join(this.folder, 'state/desktops'))) this.#ids.add(id);
  }

  /** Now. Nothing but what is left of its desktops, once the server has ended. */
  now(): Resources {
    this.look();
    return {
      descriptors: list(`/proc/${this.pid}/fd`).length,
      listeners: this.#listeners(),
      processes: this.#processes(),
      groups: this.#groups.flatMap(list).filter((name) => this.#isOurs(name)).length,
      files: filesIn(this.folder),
      mounts: text('/proc/self/mountinfo')
        .split('\n')
        .filter((line) => this.#isOurs(line)).length,
    };
  }

  #isOurs(words: string): boolean {
    return words.includes(this.folder) || [...this.#ids].some((id) => words.includes(id));
  }

  /** Of the desktops, and what watches over them. */
  #processes(): number {
    const pids = list('/proc').filter((name) => /^\d+$/.test(name) && name !== String(this.pid));
    return pids.filter((pid) => this.#isOurs(text(`/proc/${pid}/environ`) + text(`/proc/${pid}/cmdline`)))
      .length;
  }

  #listeners(): number {
    const tables = ['tcp', 'tcp6'].flatMap((table) => text(`/proc/${this.pid}/net/${table}`).split('\n'));
    const rows = tables.map((line) => line.trim().split(/\s+/));
    const listening = new Set(rows.flatMap((cells) => (cells[3] === '0A' ? [`socket:[${cells[9]}]`] : [])));
    const open = list(`/proc/${this.pid}/fd`).map((fd) => target(`/proc/${this.pid}/fd/${fd}`));
    return open.filter((socket) => listening.has(socket)).length;
  }
}

/** Of the files and folders below `folder`; what went meanwhile is none. */
function filesIn(folder: string): number {
  return orElse([], () => readdirSync(folder, { recursive: true })).length;
}

function list(folder: string): string[] {
  return orElse([], () => readdirSync(folder));
}

function text(file: string): string {
  return orElse('', () => readFileSync(file, 'utf8'));
}

function target(link: string): string {
  return orElse('', () => readlinkSync(link));
}

/** It is another process's, which may have ended. */
function orElse<T>(otherwise: T, read: () => T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
