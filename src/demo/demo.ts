/** The whole topology on this machine: desktop, env server, cluster, tunnel, trainer; one real episode through it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import type { Config } from '../config/schema.js';
import { freePort } from '../host/ports.js';
import type { DesktopProvider } from '../providers/provider.js';
import { traitsOf } from '../providers/traits.js';
import { startEnvServer } from '../server/env-server.js';
import { openTunnel, type Tunnel, type TunnelEvent } from '../tunnel/tunnel.js';
import { type Cluster, type ClusterKind, clusterTarget, startCluster } from './cluster.js';
import { type Frame, prepareFolder, writeFilmStrip, writeScreenshot } from './film-strip.js';
import { type DemoScript, demoScript } from './script.js';
import { DemoTrainer, type Exchange } from './trainer.js';

/** Ports of the usual set-up, taken when they are free. */
const ENV_SERVER_PORT = 18082;
const CLUSTER_PORT = 15001;
/** How long the tunnel may take to come up, at the start and after the cut. */
const TUNNEL_LIMIT_MS = 60_000;

export interface DemoOptions {
  /** How many model answers the episode has; see `demoScript`. */
  steps: number;
  /** Folder for the screenshots and the film strip; created when missing. */
  out: string;
  /** Kill the SSH session in mid-episode. */
  drop: boolean;
  config: Pick<Config, 'screen' | 'server'>;
  provider: DesktopProvider;
  /** What desktops it has, and why these, in a clause. */
  why: string;
  signal: AbortSignal;
  logger: FastifyBaseLogger;
  /** What a person watches: a part that now runs, a step that was taken, the tunnel's cut and return. */
  onEvent(event: DemoEvent): void;
}

export type DemoEvent =
  | { type: 'part'; name: string; text: string }
  | { type: 'step'; step: DemoStep }
  | { type: 'cut' }
  | { type: 'tunnel'; event: TunnelEvent };

export interface DemoStep {
  index: number;
  /** `reset`, `evaluate`, or what the model said after `Action:`. */
  action: string;
  /** HTTP status. */
  status: number;
  latencyMs: number;
  /** Size of the response body. */
  bytes: number;
  /** How often the trainer sent the request again because the tunnel was away. */
  retries: number;
}

export interface DemoOutcome {
  reward: number;
  steps: DemoStep[];
  cluster: ClusterKind;
  tunnel: { reconnects: number; downtimeMs: number };
  /** Where the screenshots are. */
  folder: string;
  filmStrip: string;
}

/**
 * Plays the scripted episode and returns its result. Everything it started is gone when it returns or throws;
 * only the screenshots in `out` stay. Throws the ArpoEnvError of the part that failed.
 */
export async function runDemo(options: DemoOptions): Promise<DemoOutcome> {
  const { config, provider, signal, onEvent } = options;
  const { isSimulated } = traitsOf(provider.name);
  const script = demoScript({
    screen: config.screen,
    steps: options.steps,
    maxSteps: config.server.maxSteps,
    hasIcons: isSimulated,
  });
  const folder = await prepareFolder(options.out);
  const part = (name: string, text: string) => onEvent({ type: 'part', name, text });

  await using scratch = await temporaryFolder();
  const { width, height } = config.screen;
  part('desktop', `${provider.name}, ${width}×${height}; ${options.why}`);
  await using server = await startEnvServer({
    ...config.server,
    host: '127.0.0.1',
    port: await freePort(ENV_SERVER_PORT),
    screen: config.screen,
    cacheDir: scratch.path,
    provider,
    // The practice desktop has drawn before it answers.
    ...(isSimulated ? { actionPauseMs: 0 } : {}),
    logger: options.logger,
  });
  part('env server', server.url.origin);
  await using cluster = await startCluster({ signal });
  part('cluster', `${cluster.description} (127.0.0.1:${cluster.port})`);
  await using tunnel = await openDemoTunnel(cluster, server.url, options);
  const clusterUrl = new URL(`http://127.0.0.1:${tunnel.forwards[0]?.port}`);
  part('tunnel', `cluster ${clusterUrl.host} → env server ${server.url.host}`);

  const trainer = new DemoTrainer(clusterUrl, signal);
  const cut = options.drop ? () => cutConnection(cluster, onEvent) : undefined;
  const episode = await playEpisode(trainer, script, { folder, cut, onEvent });
  if (options.drop) await tunnel.up(AbortSignal.any([signal, AbortSignal.timeout(TUNNEL_LIMIT_MS)]));
  return {
    ...episode,
    cluster: cluster.kind,
    tunnel: { reconnects: tunnel.stats.reconnects, downtimeMs: tunnel.stats.downtimeMs },
    folder,
    filmStrip: await writeFilmStrip(folder, episode.frames, {
      instruction: script.task.instruction,
      reward: episode.reward,
    }),
  };
}

async function temporaryFolder(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'arpo-env-demo-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function openDemoTunnel(
  cluster: Cluster,
  localUrl: URL,
  { signal, onEvent }: DemoOptions,
): Promise<Tunnel> {
  const tunnel = openTunnel({
    ...clusterTarget(cluster),
    forwards: [
      {
        bind: '127.0.0.1',
        port: await freePort(CLUSTER_PORT),
        local: { host: '127.0.0.1', port: Number(localUrl.port) },
      },
    ],
    onEvent: (event) => onEvent({ type: 'tunnel', event }),
  });
  try {
    await tunnel.up(AbortSignal.any([signal, AbortSignal.timeout(TUNNEL_LIMIT_MS)]));
    return tunnel;
  } catch (error) {
    await tunnel[Symbol.asyncDispose]();
    throw error;
  }
}

async function cutConnection(cluster: Cluster, onEvent: DemoOptions['onEvent']): Promise<void> {
  onEvent({ type: 'cut' });
  await cluster.dropConnections();
}

interface Stage {
  folder: string;
  cut: (() => Promise<void>) | undefined;
  onEvent: DemoOptions['onEvent'];
}

async function playEpisode(
  trainer: DemoTrainer,
  { task, predictions }: DemoScript,
  { folder, cut, onEvent }: Stage,
): Promise<{ reward: number; steps: DemoStep[]; frames: Frame[] }> {
  const steps: DemoStep[] = [];
  const frames: Frame[] = [];
  const record = async (action: string, thought: string, exchange: Exchange) => {
    const { status, latencyMs, bytes, retries, screenshot } = exchange;
    const step = { index: steps.length, action, status, latencyMs, bytes, retries };
    const file = screenshot ? await writeScreenshot(folder, step.index, screenshot) : null;
    steps.push(step);
    if (action !== 'evaluate') frames.push({ action, thought, latencyMs, file });
    onEvent({ type: 'step', step });
  };

  await record('reset', '', await trainer.reset(task));
  for (const [index, prediction] of predictions.entries()) {
    if (cut && index === Math.floor(predictions.length / 2)) await cut();
    const [thought = '', action = ''] = prediction.split('\nAction: ');
    await record(action, thought.replace('Thought: ', ''), await trainer.step(prediction));
  }
  const { reward, ...exchange } = await trainer.evaluate();
  await record('evaluate', '', exchange);
  return { reward, steps, frames };
}
