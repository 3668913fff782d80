/** `arpo-env service`: the env server or the tunnel as a service of systemd or launchd. */
import { traitsOf } from '../providers/traits.js';
import { SERVICE_KINDS } from '../runs/kinds.js';
import type { ServiceManager } from '../runs/service/service.js';
import { renderTable } from '../ui/table.js';
import { defineCommand, defineCommandGroup } from './command.js';
import { argument, type FlagsOf, option } from './option.js';

const SCOPE = [
  option('--user', 'a service of this user; the default', { conflicts: 'system' }),
  option('--system', 'a service of the machine; needs root'),
] as const;

const KIND = argument('<what>', 'which service', { choices: SERVICE_KINDS });

const install = defineCommand({
  arguments: [
    KIND,
    argument(
      '[args...]',
      'what follows `arpo-env serve` or `arpo-env tunnel`; after -- when it begins with a dash',
    ),
  ],
  options: [...SCOPE, option('--dry-run', 'print the unit, change nothing')],
  examples: [
    'arpo-env service install serve --dry-run',
    'arpo-env service install serve -- --provider docker --envs 4',
    'arpo-env service install tunnel deepx',
  ],
  async run({ console, signal, loadConfig }, flags, kind, args) {
    const manager = await managerFor(flags);
    const { config, file } = await loadConfig();
    const spec = {
      kind,
      args: [...(file === null ? [] : ['--config', file]), ...args],
      workingDirectory: process.cwd(),
      noNewPrivileges: !traitsOf(config.provider).takesPrivileges,
    };
    const unit = await manager.render(spec);
    if (flags.dryRun) {
      console.document(unit);
      console.result(unit.text.trimEnd());
      console.info(`it would be written to ${unit.path}`);
      return;
    }
    await manager.install(spec, signal);
    const status = await manager.status(kind, signal);
    console.document(status);
    console.success(`${kind} is a ${manager.name} service now, ${status.state}: ${unit.path}`);
    for (const line of manager.notes(kind)) console.info(line);
  },
});

const status = defineCommand({
  options: SCOPE,
  examples: ['arpo-env service status', 'sudo arpo-env service status --system'],
  async run({ console, signal }, flags) {
    const manager = await managerFor(flags);
    const services = await Promise.all(SERVICE_KINDS.map((kind) => manager.status(kind, signal)));
    console.document({ services });
    const rows = services.map(({ kind, state, pid, file }) => [
      kind,
      state,
      pid === null ? '–' : String(pid),
      file,
    ]);
    console.result(renderTable(['service', 'state', 'pid', 'file'], rows, { width: console.columns }));
    return services.every(({ state }) => state === 'active' || state === 'not installed') ? 0 : 3;
  },
});

const uninstall = defineCommand({
  arguments: [KIND],
  options: SCOPE,
  examples: ['arpo-env service uninstall serve', 'sudo arpo-env service uninstall tunnel --system'],
  async run({ console, signal }, flags, kind) {
    const manager = await managerFor(flags);
    const removed = await manager.uninstall(kind, signal);
    console.document({ kind, removed });
    console.result(removed ? `${kind} is stopped and removed` : `${kind} was not installed`);
    if (removed) console.info(`its secrets are kept: ${manager.environmentFile(kind)}`);
  },
});

export default defineCommandGroup({
  install: { summary: 'make serve or tunnel a service and start it', command: install },
  status: { summary: 'how the services are', command: status },
  uninstall: { summary: 'stop a service and remove it', command: uninstall },
});

async function managerFor({ system = false }: FlagsOf<typeof SCOPE>): Promise<ServiceManager> {
  const { openServiceManager } = await import('../runs/service/open-service-manager.js');
  return openServiceManager(system ? 'system' : 'user', process.env);
}
