/** `arpo-env status`: what of ours runs on this machine, and how it is. */

import type { InstanceHealth } from '../env-api/run-health.js';
import type { Instance, StaleEntry } from '../runs/registry.js';
import type { TunnelStatus } from '../tunnel/state.js';
import { formatDuration } from '../ui/format.js';
import { renderTable } from '../ui/table.js';
import { defineCommand } from './command.js';

export default defineCommand({
  configure(command) {
    command.description(
      'The env servers and tunnels that run on this machine, and how they are. Exit code 3 when one is not well.',
    );
  },
  examples: ['arpo-env status', 'arpo-env status --json'],
  async run({ console, signal, loadConfig }) {
    const [
      instances,
      { instanceHealth },
      { envLine },
      { askTunnelStatus },
      { statusLine },
      { stateFolder },
      { readToken },
      { config },
    ] = await Promise.all([
      import('../runs/registry.js'),
      import('../env-api/run-health.js'),
      import('../env-api/env-line.js'),
      import('../tunnel/status/client.js'),
      import('../tunnel/status/line.js'),
      import('../runs/state-folder.js'),
      import('../http/token.js'),
      loadConfig(),
    ]);
    const token = await readToken(config.server);
    const { running, stale } = await instances.listInstances(stateFolder(process.env).instances);
    const rows = await Promise.all(
      running.map(async (instance): Promise<Row> => {
        if (instance.kind === 'server')
          return { instance, health: await instanceHealth(instance, { token, signal }), tunnel: null };
        const tunnel = await askTunnelStatus(instance, signal);
        const health = { state: tunnel?.state ?? 'silent', healthy: tunnel?.state === 'up', perEnv: [] };
        return { instance, health, tunnel };
      }),
    );
    for (const entry of stale) {
      // What a dead server left running is for `stop` and the next `serve` to end, not for a look.
      if (entry.orphans.length === 0) await instances.clearStaleEntry(entry);
      const found = instances.describeStaleEntry(entry);
      console.warn(entry.orphans.length === 0 ? `forgot ${found}` : `${found}; end it: arpo-env stop`);
    }
    console.document({ instances: rows.map(document), stale: stale.map(staleDocument) });
    console.result(
      rows.length === 0
        ? 'no server or tunnel runs here'
        : renderTable(HEADER, rows.map(cells), { width: console.columns }),
    );
    for (const { instance, health, tunnel } of rows) {
      const lines = health.perEnv.map((env) => envLine(instance.url, env));
      if (tunnel !== null) lines.push(statusLine(tunnel, Date.now()));
      for (const line of lines) if (line !== null) console.result(line);
    }
    return rows.every(({ health }) => health.healthy) && stale.every(({ orphans }) => orphans.length === 0)
      ? 0
      : 3;
  },
});

interface Row {
  instance: Instance;
  health: InstanceHealth;
  /** Null for a server, and for a tunnel that does not answer. */
  tunnel: TunnelStatus | null;
}

const HEADER = ['kind', 'url', 'provider', 'state', 'envs', 'uptime', 'pid', 'log'];

function cells({ instance, health }: Row): string[] {
  const { kind, url, provider, envs, process, logFile } = instance;
  return [
    kind,
    url,
    provider ?? '–',
    health.state,
    String(envs ?? '–'),
    formatDuration(uptimeMs(instance)),
    String(process.pid),
    logFile ?? '–',
  ];
}

function document({ instance, health, tunnel }: Row) {
  const { kind, url, provider, envs, process, startedAt, logFile, version } = instance;
  return { kind, url, provider, envs, ...health, pid: process.pid, startedAt, logFile, version, tunnel };
}

function staleDocument({ instance, orphans }: StaleEntry) {
  return {
    kind: instance?.kind ?? null,
    url: instance?.url ?? null,
    pid: instance?.process.pid ?? null,
    orphans,
  };
}

function uptimeMs({ startedAt }: Instance): number {
  return Date.now() - Date.parse(startedAt);
}
