/** The Docker daemon: it runs, it starts with the machine, it knows the proxy. */
import { systemdWord } from '../../runs/service/systemd.js';
import { asRoot, asUser, type Command, writeFile } from '../command.js';
import { query } from '../query.js';
import type { Inspection, SetupContext, Step } from '../step.js';

/** The daemon pulls images itself, so the user's environment does not help it (docs.docker.com/engine/daemon/proxy). */
export const PROXY_DROP_IN = '/etc/systemd/system/docker.service.d/arpo-env-proxy.conf';

export const dockerService: Step = {
  id: 'docker-service',
  title: 'Docker service',
  needs: ['docker'],
  dockerOnly: true,
  async inspect(context): Promise<Inspection> {
    const { machine, facts } = context;
    if (!facts.systemd) {
      if (await machine.exists('/var/run/docker.sock'))
        return { state: 'done', note: 'the daemon has its socket; systemd does not run here' };
      return { state: 'needed', why: 'the daemon does not run' };
    }
    if (await proxyIsMissing(context)) return { state: 'needed', why: 'the daemon does not know the proxy' };
    const enabled = await query(context, asUser(['systemctl', 'is-enabled', 'docker.service']));
    if (enabled.exitCode !== 0) return { state: 'needed', why: 'it does not start at boot' };
    const active = await query(context, asUser(['systemctl', 'is-active', 'docker.service']));
    if (active.exitCode !== 0)
      return { state: 'needed', why: `it is ${active.stdout.trim() || 'not running'}` };
    return { state: 'done', note: 'running, and started with the machine' };
  },
  async plan(context): Promise<Command[]> {
    if (!context.facts.systemd) return [asRoot(['service', 'docker', 'start'])];
    const enable = asRoot(['systemctl', 'enable', '--now', 'docker.service']);
    if (!(await proxyIsMissing(context))) return [enable];
    return [
      // A proxy's URL may hold a password.
      writeFile('root', PROXY_DROP_IN, proxyDropIn(context.facts.proxy), '0600'),
      asRoot(['systemctl', 'daemon-reload']),
      enable,
      asRoot(['systemctl', 'restart', 'docker.service']),
    ];
  },
  explain: ({ command }) =>
    command.argv.includes('docker') || command.argv.includes('docker.service')
      ? {
          code: 'E_SETUP_STEP',
          message: 'the Docker daemon does not start',
          fix: 'see why: sudo journalctl --unit docker --since -5min (without systemd: sudo tail /var/log/docker.log)',
        }
      : null,
};

/** The file is root's own, so that its presence has to do; a proxy that has changed needs `--uninstall` and a new run. */
async function proxyIsMissing({ facts, machine }: SetupContext): Promise<boolean> {
  return Object.keys(facts.proxy).length > 0 && !(await machine.exists(PROXY_DROP_IN));
}

export function proxyDropIn(proxy: Readonly<Record<string, string>>): string {
  const lines = Object.entries(proxy).map(
    ([name, value]) => `Environment=${systemdWord(`${name}=${value}`)}\n`,
  );
  return `# Written by arpo-env setup-vm.\n[Service]\n${lines.join('')}`;
}
