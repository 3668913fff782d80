/** Env server, and with `--tunnel` the tunnel, as services of the machine: they start with it and run as the user. */

import { dirname } from 'node:path';
import { ArpoEnvError } from '../../errors.js';
import { urlOf } from '../../lib/addresses.js';
import { sleep } from '../../lib/wait.js';
import { traitsOf } from '../../providers/traits.js';
import type { ServiceKind } from '../../runs/kinds.js';
import type { ServiceSpec } from '../../runs/service/service.js';
import { asRoot, asUser, type Command, writeFile } from '../command.js';
import { query, readIfThere } from '../query.js';
import type { Inspection, SetupContext, Step } from '../step.js';

const HEALTH_LIMIT_MS = 60_000;
const START_LIMIT_MS = 10_000;
const HEALTH_POLL_MS = 500;
/** curl(1); an env server's /health never answers one. */
const HTTP_ERROR = 22;

export const services: Step = {
  id: 'services',
  title: 'Services',
  needs: ['config', 'docker-group'],
  async inspect(context): Promise<Inspection> {
    if (!context.facts.systemd) {
      return {
        state: 'not-applicable',
        why: 'systemd does not run here; start the server by hand: arpo-env serve --detach',
      };
    }
    for (const spec of specs(context)) {
      const why = await whatIsMissing(spec, context);
      if (why !== null) return { state: 'needed', why };
    }
    // One that systemd has started just now gets time to listen: the doctor looks at it next, and does not wait.
    await untilAnswering(context, START_LIMIT_MS);
    return {
      state: 'done',
      note: `${specs(context)
        .map(({ kind }) => unitName(kind))
        .join(', ')} running`,
    };
  },
  async plan(context): Promise<Command[]> {
    const commands: Command[] = [];
    for (const spec of specs(context)) {
      if ((await whatIsMissing(spec, context)) === null) continue;
      const { path, text } = await context.services.render(spec);
      commands.push(
        writeFile('root', path, text),
        asRoot(['systemctl', 'daemon-reload']),
        asRoot(['systemctl', 'enable', unitName(spec.kind)]),
        asRoot(['systemctl', 'restart', unitName(spec.kind)]),
      );
    }
    return commands;
  },
  async verify(context) {
    const { server } = context.settings;
    const answer = await untilAnswering(context, HEALTH_LIMIT_MS);
    if (answer === null) return;
    const url = healthUrl(server);
    throw answer.exitCode === HTTP_ERROR ? portTaken(url, server.port) : serverSilent(url, answer.stderr);
  },
};

/** Null once it answers; else the last words about why it did not within the limit. */
async function untilAnswering(context: SetupContext, limitMs: number) {
  const { settings, signal } = context;
  const ask = healthCommand(settings.server);
  if (ask === null) return null;
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await query(context, ask);
    if (answer.exitCode === 0) return null;
    if (answer.exitCode === HTTP_ERROR || performance.now() > deadline) return answer;
    await sleep(HEALTH_POLL_MS, signal);
  }
}

/** Succeeds when the env server answers, in a script after some attempts; null when its port is known to its log only. */
export function healthCommand(server: SetupContext['settings']['server']): Command | null {
  if (server.port === 0) return null;
  const curl = ['curl', '--fail', '--silent', '--show-error', '--noproxy', '*', '--max-time', '5'] as const;
  return asUser([...curl, '--output', '/dev/null', healthUrl(server)], {
    retry: { attempts: 8, finalExitCodes: [HTTP_ERROR] },
  });
}

function healthUrl({ host, port }: SetupContext['settings']['server']): string {
  return new URL('health', urlOf(host, port)).href;
}

export function unitName(kind: ServiceKind): string {
  return `arpo-env-${kind}.service`;
}

function specs({ settings: { configFile, tunnelHost, provider } }: SetupContext): ServiceSpec[] {
  const common = {
    workingDirectory: dirname(configFile),
    noNewPrivileges: !traitsOf(provider).takesPrivileges,
  };
  const config = ['--config', configFile];
  return [
    { ...common, kind: 'serve', args: config },
    ...(tunnelHost === null ? [] : [{ ...common, kind: 'tunnel' as const, args: [tunnelHost, ...config] }]),
  ];
}

async function whatIsMissing(spec: ServiceSpec, context: SetupContext): Promise<string | null> {
  const { services: manager } = context;
  const unit = unitName(spec.kind);
  const { path, text } = await manager.render(spec);
  const found = await readIfThere(context, path);
  if (found === null) return `${unit} is not installed`;
  if (found !== text) return `${unit} is not what this config needs`;
  const enabled = await query(context, asUser(['systemctl', 'is-enabled', unit]));
  if (enabled.exitCode !== 0) return `${unit} does not start with the machine`;
  const active = await query(context, asUser(['systemctl', 'is-active', unit]));
  return active.exitCode === 0 ? null : `${unit} is ${active.stdout.trim() || 'not running'}`;
}

function portTaken(url: string, port: number): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_PORT_IN_USE',
    message: `what answers at ${url} is not an env server, so that ${unitName('serve')} has no port`,
    fix: `see what it is and end it: sudo ss -ltnp 'sport = :${port}'; then run the same command again`,
  });
}

function serverSilent(url: string, words: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_SERVER_UNREACHABLE',
    message: `the env server's unit runs, but ${url} does not answer after ${HEALTH_LIMIT_MS / 1000} s: ${words.trim()}`,
    fix: `see why: journalctl --unit ${unitName('serve')} --since -5min`,
  });
}
