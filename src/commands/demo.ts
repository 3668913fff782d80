/** `arpo-env demo`: shows the demo's parts, steps and outcome. */
import type { DemoEvent, DemoOutcome } from '../demo/demo.js';
import { DEFAULT_STEPS } from '../demo/script.js';
import type { TunnelEvent } from '../tunnel/state.js';
import type { Console } from '../ui/console.js';
import { formatBytes, formatDuration } from '../ui/format.js';
import { renderTable } from '../ui/table.js';
import { defineCommand } from './command.js';
import { fieldOption, option } from './option.js';

export default defineCommand({
  description:
    'Desktop, env server, cluster, tunnel and trainer on this machine: one scripted episode through all of them.',
  options: [
    fieldOption(
      'provider',
      '--provider <name>',
      'sim, local or docker; auto is local where it works, else sim',
      {
        default: 'auto',
      },
    ),
    fieldOption(
      'server.pace',
      '--pace <name>',
      'reference waits after each action as the Python server does; quick while the screen moves',
      { default: 'quick' },
    ),
    option('--steps <n>', 'how many model answers the episode has', { default: String(DEFAULT_STEPS) }),
    option('--out <dir>', 'folder for the screenshots and the film strip', { default: 'arpo-demo' }),
    option('--drop', 'kill the SSH connection in the middle of the episode and watch it come back'),
  ],
  examples: [
    'arpo-env demo',
    'arpo-env demo --provider sim --drop',
    'arpo-env demo --steps 8 --out /tmp/film --json',
  ],
  async run(context, flags) {
    const { console, signal } = context;
    const [{ runDemo }, { createLogger }, { chooseDemoProvider }, { config }] = await Promise.all([
      import('../demo/demo.js'),
      import('../ui/logger.js'),
      import('../demo/choose-provider.js'),
      context.loadConfig(),
    ]);
    const { provider, why } = await chooseDemoProvider(config, { onWarning: (text) => console.warn(text) });
    const outcome = await runDemo({
      steps: Number(flags.steps),
      out: flags.out,
      drop: flags.drop ?? false,
      config,
      provider,
      why,
      signal,
      // The demo tells its own story; the server's log is for those who ask for it.
      logger: createLogger(context.logLevel === 'info' ? 'warn' : context.logLevel),
      onEvent: (event) => console.json || show(console, event),
    });
    console.document(outcome);
    console.result(summary(outcome, console.columns));
    return outcome.reward === 1 ? 0 : 1;
  },
});

function show(console: Console, event: DemoEvent): void {
  const { style } = console;
  switch (event.type) {
    case 'part':
      console.success(`${event.name.padEnd(11)}${event.text}`);
      break;
    case 'step': {
      const { action, latencyMs, retries } = event.step;
      const again = retries > 0 ? style.yellow(' (sent again when the tunnel was back; acted once)') : '';
      console.info(`${style.cyan('›')} ${action} ${style.dim(formatDuration(latencyMs))}${again}`);
      break;
    }
    case 'cut':
      console.warn('the SSH connection is killed now');
      break;
    case 'tunnel':
      showTunnel(console, event.event);
      break;
  }
}

function showTunnel(console: Console, { state, downtimeMs, message }: TunnelEvent): void {
  if (state === 'up' && downtimeMs !== undefined) {
    console.success(`the tunnel is back after ${formatDuration(downtimeMs)}`);
  } else if (state === 'waiting' || state === 'degraded') {
    console.warn(`tunnel ${state}: ${message}`);
  }
}

function summary(
  { steps, reward, cluster, tunnel, folder, filmStrip }: DemoOutcome,
  width: number | undefined,
): string {
  const rows = steps.map((step) => [
    String(step.index),
    step.action,
    step.retries > 0 ? `${step.status} (${step.retries + 1} tries)` : String(step.status),
    formatDuration(step.latencyMs),
    formatBytes(step.bytes),
  ]);
  const table = renderTable(['step', 'action', 'status', 'latency', 'bytes'], rows, {
    align: ['right', 'left', 'left', 'right', 'right'],
    width,
  });
  const through = cluster === 'sshd' ? 'a real sshd' : 'an embedded SSH server';
  const times = tunnel.reconnects === 1 ? 'once' : `${tunnel.reconnects} times`;
  const reconnected =
    tunnel.reconnects > 0
      ? `\nreconnected ${times}, ${formatDuration(tunnel.downtimeMs)} without service`
      : '';
  return `\n${table}\n\nreward ${reward.toFixed(1)}, through ${through}${reconnected}\nscreenshots ${folder}\nfilm strip  ${filmStrip}`;
}
