/** What the script said, in our words. */

import { defaultLoaders } from 'cosmiconfig';
import { type Listener, parseSocketAddress } from '../host/sockets.js';
import { messageOf } from '../lib/errno.js';

export interface ClusterFacts {
  /** Seconds since the epoch, on the cluster's clock. */
  time: number;
  host: string;
  system: string;
  user: { name: string; uid: number };
  /** Somebody else has an account there. */
  shared: boolean;
  /** The request that the trainer makes; null when neither curl nor python3 is there. */
  probe: ClusterProbe | null;
  /** Who listens on the tunnel's port; null where the cluster has no /proc/net/tcp. */
  listeners: Listener[] | null;
  /** `sshd` and its pid, as far as the cluster shows it to this user. */
  holder: { command: string; pid: number } | null;
  /** Markers of arpo-env tunnels in this account. */
  sessions: TunnelSession[];
  /** What `localhost` resolves to first. */
  localhost: string | null;
  /** Proxy variables of the shell, or of the files that shells read. */
  proxies: { name: string; value: string; inFile: boolean }[];
  /** Keyword in lower case → value, outside Match blocks; the first one counts (sshd_config(5)). */
  sshd: ReadonlyMap<string, string>;
  ray: RayFacts;
  repo: { path: string; exists: boolean };
  training: TrainingFile;
  conda: { bases: string[]; env: string | null };
}

export type ClusterProbe =
  | { kind: 'answer'; status: number; headers: Readonly<Record<string, string>>; body: string }
  | { kind: 'refused' | 'silent' | 'unresolved' | 'failed'; words: string };

export interface TunnelSession {
  /** The sshd process of the session. */
  pid: number;
  machine: string;
  run: string;
  /** `bind:port` */
  ports: string[];
}

export interface RayFacts {
  running: boolean;
  /** Something listens on the configured port. */
  portOpen: boolean;
  /** Port of the head that runs here or that the local raylet belongs to. */
  headPort: number | null;
  /** Address by which Ray knows this node; null when it does not say. */
  nodeAddress: string | null;
  /** Names of custom and standard resources, e.g. `docker:127.0.0.1`. */
  resources: string[];
}

export interface TrainingFile {
  path: string;
  exists: boolean;
  /** Other training configs of the clone. */
  others: string[];
  /** Null when it is missing or no YAML; then `error` says why. */
  values: Record<string, unknown> | null;
  error: string | null;
}

/** Null when the output is not the script's, or was cut off. */
export function parseClusterFacts(output: string): ClusterFacts | null {
  const said = new Said(output);
  if (said.one('end') !== 'yes') return null;
  const [user = '', uid = ''] = (said.one('user') ?? '').split(' ');
  const [command, pid] = (said.one('holder') ?? '').split(' ');
  return {
    time: Number(said.one('time')),
    host: said.one('host') ?? 'the cluster',
    system: said.one('system') ?? '',
    user: { name: user, uid: Number(uid) },
    shared: Number(said.one('others') ?? 0) > 0 || said.one('directory') === 'yes',
    probe: parseProbe(said),
    listeners: said.one('listen.table') === 'yes' ? said.all('listen').map(parseListener) : null,
    holder: command && pid ? { command, pid: Number(pid) } : null,
    sessions: said.all('session').flatMap(parseSession),
    localhost: said.one('localhost') ?? null,
    proxies: [...said.under('proxy.', false), ...said.under('proxy-file.', true)],
    sshd: parseSshd(said.all('sshd')),
    ray: parseRay(said),
    repo: { path: said.one('repo') ?? '', exists: said.one('repo.exists') === 'yes' },
    training: parseTraining(said),
    conda: { bases: said.all('conda.base'), env: said.one('conda.env') ?? null },
  };
}

class Said {
  readonly #pairs: (readonly [string, string])[];

  constructor(output: string) {
    this.#pairs = output.split('\n').flatMap((line) => {
      const at = line.indexOf('=');
      return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
    });
  }

  all(name: string): string[] {
    return this.#pairs.flatMap(([key, value]) => (key === name ? [value] : []));
  }

  one(name: string): string | undefined {
    return this.all(name)[0];
  }

  under(prefix: string, inFile: boolean): ClusterFacts['proxies'] {
    return this.#pairs.flatMap(([key, value]) =>
      key.startsWith(prefix) && value !== '' ? [{ name: key.slice(prefix.length), value, inFile }] : [],
    );
  }
}

/** curl's exit codes (curl(1), EXIT CODES); the script's python says the same ones. */
function parseProbe(said: Said): ClusterProbe | null {
  if (said.one('probe.tool') === 'none') return null;
  const lines = said.all('probe.line');
  const words = lines
    .join(' ')
    .trim()
    .replace(/^curl: \(\d+\) /, '');
  switch (Number(said.one('probe.code'))) {
    case 0:
      return parseHttp(lines);
    case 7:
      return { kind: /route|unreach/i.test(words) ? 'failed' : 'refused', words };
    case 28:
      return { kind: 'silent', words };
    case 6:
      return { kind: 'unresolved', words };
    default:
      return { kind: 'failed', words };
  }
}

function parseHttp(lines: readonly string[]): ClusterProbe {
  const status = Number(/^HTTP\/\S+ (\d+)/.exec(lines[0] ?? '')?.[1] ?? 0);
  const end = lines.indexOf('');
  const head = lines.slice(1, end < 0 ? undefined : end);
  const headers = head.map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  });
  return {
    kind: 'answer',
    status,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: end < 0 ? '' : lines.slice(end + 1).join('\n'),
  };
}

function parseListener(text: string): Listener {
  const [socket = '', uid = ''] = text.split(' ');
  return { ...parseSocketAddress(socket), uid: Number(uid) };
}

/** The words of `tunnel/claim/session-marker.ts`: marker, machine, run, the process there, ports. */
function parseSession(text: string): TunnelSession[] {
  const match = /^(\d+) .* arpo-env-tunnel (\S+) (\S+) \S+ (\S+) *$/.exec(text);
  const [, pid, machine, run, ports] = match ?? [];
  if (!pid || !machine || !run || !ports) return [];
  return [{ pid: Number(pid), machine, run, ports: ports.split(',') }];
}

function parseSshd(lines: readonly string[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of lines) {
    const [keyword = '', ...value] = line.trim().split(/[\s=]+/);
    if (!values.has(keyword.toLowerCase())) values.set(keyword.toLowerCase(), value.join(' '));
  }
  return values;
}

function parseRay(said: Said): RayFacts {
  const args = said.all('ray').map((line) => line.replace(/^-+/, ''));
  const value = (...names: string[]) =>
    args.find((arg) => names.some((name) => arg.startsWith(`${name}=`)))?.replace(/^[^=]+=/, '');
  const headPort = value('gcs_server_port') ?? value('gcs-address')?.replace(/.*:/, '');
  const list = value('static_resource_list') ?? '';
  return {
    running: args.length > 0,
    portOpen: said.all('ray.listen').length > 0,
    headPort: headPort === undefined ? null : Number(headPort),
    nodeAddress: value('node_ip_address', 'node-ip-address') ?? null,
    // name,amount,name,amount…
    resources: list.split(',').filter((_, index) => index % 2 === 0 && list !== ''),
  };
}

function parseTraining(said: Said): TrainingFile {
  const path = said.one('yaml.path') ?? '';
  const others = said.all('yaml.other');
  if (said.one('yaml.exists') !== 'yes') return { path, exists: false, others, values: null, error: null };
  try {
    const values = defaultLoaders['.yaml'](path, said.all('yaml.line').join('\n')) as unknown;
    const isMap = typeof values === 'object' && values !== null && !Array.isArray(values);
    return isMap
      ? { path, exists: true, others, values: values as Record<string, unknown>, error: null }
      : { path, exists: true, others, values: null, error: 'it is not a mapping of settings' };
  } catch (error) {
    const [reason = 'it is not YAML'] = messageOf(error).split('\n');
    return { path, exists: true, others, values: null, error: reason };
  }
}
