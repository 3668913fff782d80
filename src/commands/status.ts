/** `arpo-env status`: what of ours runs on this machine, and how it is. */

import type { RunHealth } from '../env-api/run-health.js';
import type { Run, StaleEntry } from '../runs/registry.js';
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
      runs,
      { runHealth },
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
    const { running, stale } = await runs.listRuns(stateFolder(process.env).runs);
    const rows = await Promise.all(
      running.map(async (run): Promise<Row> => {
        if (run.kind === 'server')
          return { run, health: await runHealth(run, { token, signal }), tunnel: null };
        const tunnel = await askTunnelStatus(run, signal);
        const health = { state: tunnel?.state ?? 'silent', healthy: tunnel?.state === 'up', perEnv: [] };
        return { run, health, tunnel };
      }),
    );
    for (const entry of stale) {
      // What a dead server left running is for `stop` and the next `serve` to end, not for a look.
      if (entry.orphans.length === 0) await runs.clearStaleEntry(entry);
      const found = runs.describeStaleEntry(entry);
      console.warn(entry.orphans.length === 0 ? `forgot ${found}` : `${found}; end it: arpo-env stop`);
    }
    console.document({ runs: rows.map(document), stale: stale.map(staleDocument) });
    console.result(
      rows.length === 0
        ? 'no server or tunnel runs here'
        : renderTable(HEADER, rows.map(cells), { width: console.columns }),
    );
    for (const { run, health, tunnel } of rows) {
      const lines = health.perEnv.map((env) => envLine(run.url, env));
      if (tunnel !== null) lines.push(statusLine(tunnel, Date.now()));
      for (const line of lines) if (line !== null) console.result(line);
    }
    return rows.every(({ health }) => health.healthy) && stale.every(({ orphans }) => orphans.length === 0)
      ? 0
      : 3;
  },
});

interface Row {
  run: Run;
  health: RunHealth;
  /** Null for a server, and for a tunnel that does not answer. */
  tunnel: TunnelStatus | null;
}

const HEADER = ['kind', 'url', 'provider', 'state', 'envs', 'uptime', 'pid', 'log'];

function cells({ run, health }: Row): string[] {
  const { kind, url, provider, envs, process, logFile } = run;
  return [
    kind,
    url,
    provider ?? '–',
    health.state,
    String(envs ?? '–'),
    formatDuration(uptimeMs(run)),
    String(process.pid),
    logFile ?? '–',
  ];
}

function document({ run, health, tunnel }: Row) {
  const { kind, url, provider, envs, process, startedAt, logFile, version } = run;
  return { kind, url, provider, envs, ...health, pid: process.pid, startedAt, logFile, version, tunnel };
}

function staleDocument({ run, orphans }: StaleEntry) {
  return {
    kind: run?.kind ?? null,
    url: run?.url ?? null,
    pid: run?.process.pid ?? null,
    orphans,
  };
}

function uptimeMs({ startedAt }: Run): number {
  return Date.now() - Date.parse(startedAt);
}
