/** Services under systemd: the unit's text, and systemctl. Syntax: systemd.unit(5), systemd.service(5), systemd.exec(5). */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { fileError } from '../../lib/file-error.js';
import { describeService, type ServiceKind } from '../kinds.js';
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

/** What a process that talks HTTP, SSH and to QEMU never needs. JIT compilers forbid MemoryDenyWriteExecute. */
const HARDENING = [
  'NoNewPrivileges=yes',
  'LockPersonality=yes',
  'RestrictRealtime=yes',
  'RestrictSUIDSGID=yes',
];
/** Only the system's manager has the privileges to set these up. */
const SYSTEM_HARDENING = ['ProtectSystem=full', 'ProtectKernelTunables=yes', 'ProtectKernelModules=yes'];

export class Systemd implements ServiceManager {
  readonly name = 'systemd';
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  environmentFile(kind: ServiceKind): string {
    return join(this.#context.configFolder, `${kind}.env`);
  }

  notes(kind: ServiceKind): string[] {
    const { scope, user } = this.#context;
    const journal = scope === 'system' ? 'journalctl' : 'journalctl --user';
    return [
      `log      ${journal} --unit ${unitName(kind)} --follow`,
      `secrets  such as ARPO_ENV_TOKEN go into ${this.environmentFile(kind)}`,
      ...(scope === 'user' ? [`logout   ends it, unless: sudo loginctl enable-linger ${user.name}`] : []),
    ];
  }

  async render(spec: ServiceSpec): Promise<ServiceFile> {
    const { scope, user, path, executable } = this.#context;
    const [node, script] = executable;
    const { description, after, stopSeconds } = describeService(spec.kind);
    const args = [script, spec.kind, ...spec.args];
    const hardening = [
      ...(spec.noNewPrivileges
        ? HARDENING
        : ['# VMware starts a program that is setuid root, so privileges may be gained.']),
      ...(scope === 'system' ? SYSTEM_HARDENING : []),
    ];
    const text = await fillTemplate('arpo-env.service', {
      description,
      after: ['network-online.target', ...after].join(' '),
      stopSeconds: String(stopSeconds),
      user:
        scope === 'system' ? `User=${systemdPath(user.name)}` : '# Runs as the user whose session this is.',
      workingDirectory: systemdPath(spec.workingDirectory),
      path: systemdWord(`PATH=${path}`),
      environmentFile: systemdPath(this.environmentFile(spec.kind)),
      // $ is special in arguments, not in the program's own path. ('$$' in a replacement is one $.)
      command: [systemdWord(node), ...args.map((word) => systemdWord(word).replaceAll('$', '$$$$'))].join(
        ' ',
      ),
      hardening: hardening.join('\n'),
      target: scope === 'system' ? 'multi-user.target' : 'default.target',
    });
    return { path: this.#file(spec.kind), text };
  }

  async install(spec: ServiceSpec, signal: AbortSignal): Promise<void> {
    requireRoot(this.#context);
    const file = await this.render(spec);
    await this.#assertRuns(signal);
    await ensureEnvironmentFile(this.environmentFile(spec.kind));
    await writeServiceFile(file);
    await this.#systemctl(['daemon-reload'], signal);
    await this.#systemctl(['enable', unitName(spec.kind)], signal);
    await this.#systemctl(['restart', unitName(spec.kind)], signal);
  }

  async status(kind: ServiceKind, signal: AbortSignal): Promise<ServiceStatus> {
    const file = this.#file(kind);
    if (!existsSync(file)) return { kind, state: 'not installed', pid: null, file };
    await this.#assertRuns(signal);
    const { stdout } = await this.#systemctl(
      ['show', unitName(kind), '--property=ActiveState,SubState,MainPID'],
      signal,
    );
    const properties = Object.fromEntries(stdout.split('\n').map((line) => line.split('=', 2)));
    const active = String(properties.ActiveState ?? 'unknown');
    // `activating (auto-restart)` is a service that keeps failing; plain `activating` hides that.
    const state = active === 'activating' ? `activating (${properties.SubState})` : active;
    return { kind, state, pid: Number(properties.MainPID) || null, file };
  }

  async uninstall(kind: ServiceKind, signal: AbortSignal): Promise<boolean> {
    const file = this.#file(kind);
    if (!existsSync(file)) return false;
    requireRoot(this.#context);
    await this.#assertRuns(signal);
    await this.#systemctl(['disable', '--now', unitName(kind)], signal);
    await rm(file, { force: true }).catch((error) => {
      throw fileError(error, file);
    });
    await this.#systemctl(['daemon-reload'], signal);
    return true;
  }

  #file(kind: ServiceKind): string {
    const { scope, home } = this.#context;
    const folder = scope === 'system' ? '/etc/systemd/system' : join(home, '.config', 'systemd', 'user');
    return join(folder, unitName(kind));
  }

  /** In a container there is systemctl but nothing that it could talk to. */
  async #assertRuns(signal: AbortSignal): Promise<void> {
    const { scope, user } = this.#context;
    const { exitCode, stderr } = await this.#run(['show', '--property=Version'], signal);
    if (exitCode === 0) return;
    const words = lastLine(stderr);
    throw new ArpoEnvError({
      code: 'E_SERVICE',
      message:
        scope === 'system'
          ? `systemd does not run on this machine (${words})`
          : `systemd runs no session of ${user.name} here (${words})`,
      fix:
        scope === 'system'
          ? 'run it in the background instead: arpo-env serve --detach'
          : `start the session: sudo loginctl enable-linger ${user.name}; where there is no systemd: arpo-env serve --detach`,
    });
  }

  async #systemctl(args: readonly string[], signal: AbortSignal): Promise<CommandResult> {
    const result = await this.#run(args, signal);
    if (result.exitCode === 0) return result;
    const journal = this.#context.scope === 'system' ? 'journalctl' : 'journalctl --user';
    throw new ArpoEnvError({
      code: 'E_SERVICE',
      message: `systemctl ${args.join(' ')} failed: ${lastLine(result.stderr)}`,
      fix: `see ${journal} --unit 'arpo-env-*' --since -5min`,
    });
  }

  #run(args: readonly string[], signal: AbortSignal): Promise<CommandResult> {
    const scope = this.#context.scope === 'user' ? ['--user'] : [];
    return this.#context.run('systemctl', [...scope, '--no-pager', ...args], signal);
  }
}

function unitName(kind: ServiceKind): string {
  return `arpo-env-${kind}.service`;
}

/** One word of ExecStart= or Environment=: quoted, C escapes for what is special, `%%` because % is a specifier. */
export function systemdWord(text: string): string {
  if (/^[\w@/:=.,+-]+$/.test(text)) return text;
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('%', '%%')
    .replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return `"${escaped}"`;
}

/** A whole value that systemd takes as it stands, but for specifiers: no quotes, no escapes. */
function systemdPath(text: string): string {
  if (/^[^\s\\]([^\\\p{Cc}]*[^\s\\\p{Cc}])?$/u.test(text)) return text.replaceAll('%', '%%');
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: `a systemd unit cannot hold the path ${JSON.stringify(text)}`,
    fix: 'use a path without backslashes, control characters and blanks at its ends',
  });
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) || 'no output';
}
