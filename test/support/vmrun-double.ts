/** VMware as tests have it: the double of vmrun in a folder of its own, with virtual machines in it. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import got from 'got';
import { describe } from 'vitest';
import { VmwareProvider, type VmwareProviderOptions } from '../../src/providers/vmware/provider.js';

/** What goes wrong; see `test/fixtures/vmrun/README.md`. */
export interface Fault {
  command: string;
  /** Part of the path of the machines that it is for. */
  vmx?: string;
  /** What vmrun says instead of doing it. */
  say?: readonly string[];
  /** Lines for `vmware.log`. */
  log?: readonly string[];
  times?: number;
  hang?: boolean;
  delayMs?: number;
}

const PROGRAM = fileURLToPath(new URL('../fixtures/vmrun/vmrun', import.meta.url));

/** Only Linux has all of 127.0.0.0/8 on its loopback. */
export const describeOverDouble = describe.skipIf(process.platform !== 'linux');

export class VmrunDouble implements AsyncDisposable {
  readonly program = PROGRAM;
  /** For whatever runs vmrun, and for our own state. */
  readonly env: NodeJS.ProcessEnv;
  readonly warnings: string[] = [];
  readonly #folder: string;
  #faults = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.env = {
      ...process.env,
      VMRUN_DOUBLE_STATE: join(folder, 'double'),
      ARPO_ENV_STATE_DIR: join(folder, 'state'),
    };
  }

  static async create(): Promise<VmrunDouble> {
    const folder = await mkdtemp(join(tmpdir(), 'arpo-env-vmrun-'));
    await mkdir(join(folder, 'double', 'faults'), { recursive: true });
    return new VmrunDouble(folder);
  }

  /** Of our own registry. */
  get state(): string {
    return join(this.#folder, 'state', 'vmware');
  }

  get clones(): string {
    return join(this.#folder, 'clones');
  }

  get machines(): string {
    return join(this.#folder, 'machines');
  }

  /** A machine that is off; its .vmx. `extra`: further lines of that file. */
  async machine(name = 'Ubuntu', extra: readonly string[] = []): Promise<string> {
    const vmx = join(this.machines, name, `${name}.vmx`);
    await mkdir(dirname(vmx), { recursive: true });
    const lines = [
      '.encoding = "UTF-8"',
      'config.version = "8"',
      'virtualHW.version = "20"',
      `displayName = "${name}"`,
    ];
    await writeFile(vmx, [...lines, 'memsize = "64"', ...extra, ''].join('\n'));
    return vmx;
  }

  /** One with `init_state`, as OSWorld's installer leaves it: with memory, and off. */
  async osworldMachine(name = 'Ubuntu'): Promise<string> {
    const vmx = await this.machine(name);
    await this.vmrun('start', vmx, 'nogui');
    await this.vmrun('getGuestIPAddress', vmx, '-wait');
    await this.vmrun('snapshot', vmx, 'init_state');
    await this.vmrun('stop', vmx, 'hard');
    return vmx;
  }

  provider(options: Partial<VmwareProviderOptions> = {}): VmwareProvider {
    return new VmwareProvider({
      ...{
        vmrun: this.program,
        snapshot: 'init_state',
        gui: false,
        desktops: 1,
        clones: this.clones,
        watchPort: 8006,
      },
      ...{ env: this.env, onWarning: (text: string) => this.warnings.push(text), pollMs: 100 },
      ...options,
    });
  }

  async vmrun(...words: string[]): Promise<string> {
    const type = process.platform === 'darwin' ? 'fusion' : 'ws';
    const { stdout } = await execa(PROGRAM, ['-T', type, ...words], { env: this.env, reject: false });
    return stdout;
  }

  async running(): Promise<string[]> {
    return (await this.vmrun('list')).split('\n').slice(1).sort();
  }

  /** What servers hold or left. */
  async claims(): Promise<string[]> {
    return readdir(join(this.state, 'claims')).catch(() => []);
  }

  /** vmrun's commands so far, without its `-T`. */
  async calls(): Promise<string[][]> {
    const text = await readFile(join(this.#folder, 'double', 'calls.log'), 'utf8').catch(() => '');
    const all = text.split('\n').filter((line) => line !== '');
    return all.map((line) => (JSON.parse(line) as string[]).slice(line.startsWith('["-T"') ? 2 : 0));
  }

  async fault(fault: Fault): Promise<void> {
    this.#faults += 1;
    const name = `${String(this.#faults).padStart(3, '0')}.json`;
    await writeFile(join(this.#folder, 'double', 'faults', name), JSON.stringify(fault));
  }

  async quirks(quirks: { bootMs?: number; headlessTools?: boolean; noAddress?: boolean }): Promise<void> {
    await writeFile(join(this.#folder, 'double', 'quirks.json'), JSON.stringify(quirks));
  }

  /** A power cut: its process is gone. */
  async crash(vmx: string): Promise<void> {
    const key = createHash('sha256').update(vmx).digest('hex').slice(0, 16);
    await got(`http://unix:${join(this.#folder, 'double', 'hypervisor.sock')}:/off/${key}`, {
      enableUnixSockets: true,
    });
  }

  /** The hypervisor ends with its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
