/** Docker as its own client shows it: the same daemon that the user's `docker ps` reaches. */
import { z } from 'zod';
import type { HostRunner } from '../../host/host.js';
import { parseJson } from '../../lib/json.js';

const infoSchema = z.object({
  /** Without a daemon, clients since 23 print the whole document, empty. */
  ServerVersion: z.string().min(1),
  DockerRootDir: z.string(),
  CgroupVersion: z.string().default(''),
  CgroupDriver: z.string().default(''),
  SecurityOptions: z.array(z.string()).nullable().default([]),
  Warnings: z.array(z.string()).nullable().default([]),
  MemTotal: z.number(),
  NCPU: z.number(),
});
export type DockerInfo = z.output<typeof infoSchema>;

export interface DockerContainer {
  name: string;
  image: string;
  state: string;
  /** The label of arpo-env's own; null on others. */
  server: string | null;
}

export type DockerLook =
  | { kind: 'no-client' }
  | { kind: 'denied' | 'no-daemon' | 'failed'; words: string }
  | { kind: 'info'; info: DockerInfo; hasImage: boolean; containers: DockerContainer[] };

const FORMAT = '{{json .}}';
/** `providers/docker/owner.ts` puts it on each container. */
const SERVER_LABEL = 'arpo-env.server';

export async function lookAtDocker(
  machine: HostRunner,
  image: string,
  signal: AbortSignal,
): Promise<DockerLook> {
  const docker = (...args: string[]) => machine.run(['docker', ...args], { signal });
  const [info, inspect, list] = await Promise.all([
    docker('info', '--format', FORMAT),
    docker('image', 'inspect', '--format', '{{.Id}}', '--', image),
    docker(
      'ps',
      '--all',
      '--no-trunc',
      '--format',
      `{{.Names}}\t{{.Image}}\t{{.State}}\t{{.Label "${SERVER_LABEL}"}}`,
    ),
  ]);
  if (info.exitCode === 127) return { kind: 'no-client' };
  const parsed = parseJson(info.stdout, infoSchema);
  if (parsed === undefined) {
    const words = errorWords(info.stdout, info.stderr) || 'docker info did not answer in time';
    if (/permission denied/i.test(words)) return { kind: 'denied', words };
    return {
      kind: /(cannot|failed to) connect|Is the docker daemon running|no such file|refused/i.test(words)
        ? 'no-daemon'
        : 'failed',
      words,
    };
  }
  const containers = list.stdout.split('\n').filter(Boolean).map(parseContainer);
  return { kind: 'info', info: parsed, hasImage: inspect.exitCode === 0, containers };
}

function parseContainer(line: string): DockerContainer {
  const [name = '', image = '', state = '', server = ''] = line.split('\t');
  return { name, image, state, server: server || null };
}

/** Older clients say it in half an answer with `ServerErrors`, newer ones on stderr; they exit with 0 or 1 by version. */
function errorWords(stdout: string, stderr: string): string {
  const errors = parseJson(stdout, z.object({ ServerErrors: z.array(z.string()) }));
  const text = errors ? errors.ServerErrors.join(' ') : stderr;
  return (
    text
      .trim()
      .split('\n')[0]
      ?.replace(/^ERROR: /, '') ?? ''
  );
}
