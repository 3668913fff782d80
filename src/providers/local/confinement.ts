/** Where desktops get their control groups: from systemd, which owns them on most machines, or made by ourselves. */

import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { execa } from 'execa';
import { sizeText } from '../../config/units.js';
import { PROCESSES } from '../../guest/sandbox/command.js';
import { messageOf } from '../../lib/errno.js';
import { ControlGroup, type Limits } from './control-group.js';
import { findGroups, type Groups } from './find-groups.js';

export interface Confinement {
  /** What is not limited and why, in one sentence; null when both limits hold. */
  readonly shortfall: string | null;
  /** The group as it will be made, for whoever must remove it if this process dies meanwhile. systemd removes its own. */
  foresee(id: string): ControlGroup;
  /** How a desktop's program is started. */
  wrap(id: string, program: Program): Program;
  /** Sees that these processes are in a group of their own; all that they start from then on is in there too. */
  admit(id: string, pids: readonly number[]): Promise<ControlGroup>;
}

export interface Program {
  argv: readonly string[];
  env: NodeJS.ProcessEnv;
}

export interface ConfinementOptions {
  limits: Limits;
  env: NodeJS.ProcessEnv;
  /** Groups of this process. Default: as /proc says. */
  own?: Groups;
  /** Is there where systemd runs (sd_booted(3)). */
  systemdFolder?: string;
}

const PROBE_TIMEOUT_MS = 5000;
/** systemd answers in milliseconds; on a machine that is starting up it may not. */
const SCOPE_LIMIT_MS = 10_000;
const POLL_MS = 5;
/** By these a user's systemd is found. They are not for the desktop: it would find the user's own session. */
const SESSION_VARIABLES = ['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'];

/** Never throws: on a machine without control groups, desktops have no limits. */
export async function findConfinement(options: ConfinementOptions): Promise<Confinement> {
  const { limits, env, own, systemdFolder = '/run/systemd/system' } = options;
  const groups = own ?? (await findGroups('self'));
  const isUnified = groups.v2 !== null && groups.v1.size === 0;
  if (isUnified && existsSync(systemdFolder) && (await runsInScope(limits, env))) {
    return {
      shortfall: null,
      foresee: () => new ControlGroup([]),
      wrap: (id, program) => inScope(id, program, limits, env),
      admit: scopeOf,
    };
  }
  return ownGroups(groups, limits);
}

async function runsInScope(limits: Limits, env: NodeJS.ProcessEnv): Promise<boolean> {
  const probe = inScope(`probe-${process.pid}`, { argv: ['true'], env }, limits, env);
  const [program = '', ...args] = probe.argv;
  const options = { env: probe.env, extendEnv: false, timeout: PROBE_TIMEOUT_MS, reject: false } as const;
  return (await execa(program, args, options)).exitCode === 0;
}

/** A scope is the group that systemd makes around a process of somebody else's (systemd-run(1)). */
function inScope(id: string, program: Program, limits: Limits, env: NodeJS.ProcessEnv): Program {
  const manager = process.getuid?.() === 0 ? [] : ['--user'];
  const session = SESSION_VARIABLES.map((name) => [name, env[name]]);
  return {
    argv: [
      ...['systemd-run', ...manager, '--scope', '--quiet', '--collect', `--unit=${scopeName(id)}`],
      ...[`--property=MemoryMax=${limits.ramSize}`, `--property=CPUQuota=${limits.cpuCores * 100}%`],
      ...[`--property=TasksMax=${PROCESSES}`, '--'],
      ...['env', ...SESSION_VARIABLES.map((name) => `--unset=${name}`), ...program.argv],
    ],
    env: { ...program.env, ...Object.fromEntries(session) },
  };
}

function scopeName(id: string): string {
  return `arpo-env-${id}.scope`;
}

/** systemd-run becomes the program once it is in the scope. Without a scope there is no group: pausing another would pause us. */
async function scopeOf(id: string, [pid = 0, ...others]: readonly number[]): Promise<ControlGroup> {
  const deadline = performance.now() + SCOPE_LIMIT_MS;
  while (performance.now() < deadline) {
    const { v2 } = await findGroups(pid);
    if (v2 === null) break; // it has ended, and its own words say why
    if (v2.endsWith(`/${scopeName(id)}`)) {
      const group = new ControlGroup([{ path: v2, freezes: true }]);
      // Only root may move what was started elsewhere.
      for (const other of others) await group.add(other).catch(() => undefined);
      return group;
    }
    await delay(POLL_MS);
  }
  return new ControlGroup([]);
}

async function ownGroups(own: Groups, limits: Limits): Promise<Confinement> {
  const groupOf = (id: string) => new ControlGroup(ControlGroup.places(own, `arpo-env-${id}`));
  const wrap = (_id: string, program: Program) => program;
  // Of its own name: another provider of this process may look at the same time.
  const probe = groupOf(`probe-${randomUUID()}`);
  try {
    await probe.create();
    const missing = await probe.limit(limits);
    await probe.remove();
    return {
      shortfall:
        missing.length === 0 ? null : shortfallText(missing, limits, 'this machine has no controller for it'),
      foresee: groupOf,
      wrap,
      async admit(id, pids) {
        const group = groupOf(id);
        await group.create();
        try {
          await group.limit(limits);
          for (const pid of pids) await group.add(pid);
          return group;
        } catch (error) {
          // Why the process could not be taken in counts for more than what becomes of the empty group.
          await group.remove().catch(() => undefined);
          throw error;
        }
      },
    };
  } catch (error) {
    const why = `no control group can be made (${messageOf(error)})`;
    return {
      shortfall: shortfallText(['memory', 'cores'], limits, why),
      foresee: () => new ControlGroup([]),
      wrap,
      admit: async () => new ControlGroup([]),
    };
  }
}

function shortfallText(missing: readonly string[], { ramSize, cpuCores }: Limits, why: string): string {
  const wanted: Record<string, string> = { memory: sizeText(ramSize), cores: String(cpuCores) };
  const what = missing.map((limit) => `${limit} (${wanted[limit]})`).join(' and ');
  return `desktops run without limits of ${what}: ${why}`;
}
