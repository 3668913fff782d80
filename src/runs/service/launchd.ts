/** Services under macOS's launchd: the property list, and launchctl. Keys: launchd.plist(5). */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { messageOf } from '../../lib/errno.js';
import { fileError } from '../../lib/file-error.js';
import { makeFolder } from '../../lib/make-folder.js';
import { retry } from '../../lib/retry.js';
import { sleep as realSleep } from '../../lib/wait.js';
import { singleQuoted } from '../../shell-words.js';
import type { ServiceKind } from '../kinds.js';
import { ensureEnvironmentFile, fillTemplate, writeServiceFile } from './files.js';
import type { CommandResult } from './run-command.js';
import {
  requireRoot,
  type ServiceContext,
  type ServiceFile,
  type ServiceManager,
  type ServiceSpec,
  type ServiceStatus,
} from './service.js';

/** Its property list gives it 90 s to end (ExitTimeOut), and it is killed then. */
const UNLOAD_LIMIT_MS = 100_000;
const POLL_MS = 500;
/** A quarter of a minute. */
const LOAD_ATTEMPTS = 8;
const LOAD_PAUSE_MS = 2000;

export class Launchd implements ServiceManager {
  readonly name = 'launchd';
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  environmentFile(kind: ServiceKind): string {
    return join(this.#context.configFolder, `${kind}.env`);
  }

  notes(kind: ServiceKind): string[] {
    return [
      `log      tail -f ${singleQuoted(this.#logFile(kind))}`,
      `secrets  such as ARPO_ENV_TOKEN go into ${this.environmentFile(kind)}`,
    ];
  }

  async render(spec: ServiceSpec): Promise<ServiceFile> {
    const { scope, user, path, executable } = this.#context;
    const [node, script] = executable;
    // launchd has no file of variables; node reads it.
    const command = [node, `--env-file=${this.environmentFile(spec.kind)}`, script, spec.kind, ...spec.args];
    const text = await fillTemplate('arpo-env.plist', {
      label: label(spec.kind),
      arguments: command.map((word) => `    <string>${xml(word)}</string>`).join('\n'),
      user:
        scope === 'system'
          ? `  <key>UserName</key>\n  <string>${xml(user.name)}</string>`
          : '  <!-- Runs as its owner. -->',
      workingDirectory: xml(spec.workingDirectory),
      path: xml(path),
      logFile: xml(this.#logFile(spec.kind)),
    });
    return { path: this.#file(spec.kind), text };
  }

  async install(spec: ServiceSpec, signal: AbortSignal): Promise<void> {
    requireRoot(this.#context);
    const file = await this.render(spec);
    await ensureEnvironmentFile(this.environmentFile(spec.kind));
    const logFolder = dirname(this.#logFile(spec.kind));
    await makeFolder(logFolder).catch((error) => {
      throw fileError(error, logFolder);
    });
    await writeServiceFile(file);
    const wasLoaded = await this.#unload(spec.kind, signal);
    // One that was unloaded, or switched off by hand, may be kept as disabled, and is not loaded then.
    await this.#launchctl(['enable', this.#target(spec.kind)], signal);
    await this.#load(file.path, wasLoaded ? LOAD_ATTEMPTS : 1, signal);
  }

  async status(kind: ServiceKind, signal: AbortSignal): Promise<ServiceStatus> {
    const file = this.#file(kind);
    if (!existsSync(file)) return { kind, state: 'not installed', pid: null, file };
    const { exitCode, stdout } = await this.#context.run('launchctl', ['print', this.#target(kind)], signal);
    if (exitCode !== 0) return { kind, state: 'not loaded', pid: null, file };
    const state = /^\s*state = (.+)$/m.exec(stdout)?.[1] ?? 'unknown';
    return {
      kind,
      state: state === 'running' ? 'active' : state,
      pid: Number(/^\s*pid = (\d+)$/m.exec(stdout)?.[1]) || null,
      file,
    };
  }

  async uninstall(kind: ServiceKind, signal: AbortSignal): Promise<boolean> {
    const file = this.#file(kind);
    if (!existsSync(file)) return false;
    requireRoot(this.#context);
    await this.#unload(kind, signal);
    await rm(file, { force: true }).catch((error) => {
      throw fileError(error, file);
    });
    return true;
  }

  #file(kind: ServiceKind): string {
    const { scope, home } = this.#context;
    const folder = scope === 'system' ? '/Library/LaunchDaemons' : join(home, 'Library', 'LaunchAgents');
    return join(folder, `${label(kind)}.plist`);
  }

  #logFile(kind: ServiceKind): string {
    const { scope, home } = this.#context;
    return join(
      scope === 'system' ? '/Library/Logs' : join(home, 'Library', 'Logs'),
      'arpo-env',
      `${kind}.log`,
    );
  }

  #domain(): string {
    return this.#context.scope === 'system' ? 'system' : `gui/${this.#context.user.uid}`;
  }

  #target(kind: ServiceKind): string {
    return `${this.#domain()}/${label(kind)}`;
  }

  async #isLoaded(kind: ServiceKind, signal: AbortSignal): Promise<boolean> {
    return (await this.#context.run('launchctl', ['print', this.#target(kind)], signal)).exitCode === 0;
  }

  /** `bootout` says only that it begins: the service is there until it has ended, and nothing may take its name before. */
  async #unload(kind: ServiceKind, signal: AbortSignal): Promise<boolean> {
    if (!(await this.#isLoaded(kind, signal))) return false;
    const target = this.#target(kind);
    // 36 is the Mac's EINPROGRESS: it has begun.
    await this.#launchctl(['bootout', target], signal, [0, 36]);
    const { sleep = realSleep } = this.#context;
    for (let waitedMs = 0; await this.#isLoaded(kind, signal); waitedMs += POLL_MS) {
      if (waitedMs >= UNLOAD_LIMIT_MS) {
        throw new ArpoEnvError({
          code: 'E_SERVICE',
          message: `launchd still ends ${target}, ${UNLOAD_LIMIT_MS / 1000} s after it was asked to`,
          fix: `launchctl kill SIGKILL ${target}`,
        });
      }
      await sleep(POLL_MS, signal);
    }
    return true;
  }

  /** For some seconds after the service has ended launchd does not take its name yet, and says `5: Input/output error`. */
  async #load(path: string, attempts: number, signal: AbortSignal): Promise<void> {
    const { sleep = realSleep } = this.#context;
    await retry(() => this.#launchctl(['bootstrap', this.#domain(), path], signal), {
      ...{ attempts, delayMs: () => LOAD_PAUSE_MS, signal, sleep },
      isRetryable: (error) => /\b(5: Input\/output error|37: )/.test(messageOf(error)),
    });
  }

  async #launchctl(
    args: readonly string[],
    signal: AbortSignal,
    fine: readonly number[] = [0],
  ): Promise<CommandResult> {
    const result = await this.#context.run('launchctl', args, signal);
    if (fine.includes(result.exitCode)) return result;
    throw new ArpoEnvError({
      code: 'E_SERVICE',
      message: `launchctl ${args.join(' ')} failed: ${result.stderr.trim() || `exit code ${result.exitCode}`}`,
      fix: 'log in at the machine itself (not by ssh) and try again, or run it in the background: arpo-env serve --detach',
    });
  }
}

function label(kind: ServiceKind): string {
  return `arpo-env.${kind}`;
}

function xml(text: string): string {
  if (/[^\P{Cc}\t\n\r]/u.test(text)) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `a property list cannot hold ${JSON.stringify(text)}`,
      fix: 'use a text without control characters',
    });
  }
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
