/** What Docker's refusals mean for the user: one table from its words to ours, each with the fix. */
import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { z } from 'zod';
import { ArpoEnvError, type ErrorCode, type Problem } from '../../errors.js';
import { errno } from '../../lib/errno.js';
import { shellQuote } from '../../shell-words.js';
import { pastedSsh } from '../../ssh/host/command-line.js';
import { type DaemonAddress, sshDestination } from './daemon-address.js';

/** What is known where it happened; enough to name the concrete values. */
export interface FailureContext {
  address: DaemonAddress;
  /** What was being done, e.g. `start desktop arpo-env-1f2e`. */
  doing: string;
  image?: string;
}

interface Row {
  /** In Docker's own words, or the system's error code. */
  matches: RegExp;
  code: ErrorCode;
  fix(context: FailureContext): string | Promise<string>;
}

/** What dockerode's errors carry of the daemon's answer. */
const answerSchema = z.object({ statusCode: z.number() });
const saidSchema = z.object({ json: z.object({ message: z.string() }) });

/** First match wins. */
const ROWS: readonly Row[] = [
  { matches: /\bEACCES\b|\bEPERM\b.*connect/, code: 'E_DOCKER', fix: fixSocketPermission },
  {
    matches: /\b(ENOENT|ECONNREFUSED|ECONNRESET|EPIPE|socket hang up)\b/,
    code: 'E_DOCKER',
    fix: fixNoDaemon,
  },
  {
    matches: /\b(ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)\b|\bESSH\b|TimeoutError/,
    code: 'E_DOCKER',
    fix: ({ address }) =>
      address.url.protocol === 'ssh:'
        ? `make this work first: ${pastedSsh(sshDestination(address.url), ['docker', 'version'])}`
        : `correct ${address.source}, or use the daemon of this machine: unset DOCKER_HOST; docker context use default`,
  },
  {
    matches: /certificate|\bCERT_|SELF_SIGNED|\bEPROTO\b|SSL routines|HTTP request to an HTTPS|HPE_INVALID/i,
    code: 'E_DOCKER',
    fix: () =>
      'set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH to the folder with the ca.pem, cert.pem and key.pem of this daemon',
  },
  {
    matches: /no space left on device|ENOSPC|disk quota exceeded/i,
    code: 'E_DISK_FULL',
    fix: () =>
      "see what uses it: docker system df; then docker system prune, or move Docker's data-root to a larger disk",
  },
  {
    matches: /cannot allocate memory|out of memory|ENOMEM/i,
    code: 'E_OUT_OF_MEMORY',
    fix: () => 'run fewer envs, or give each desktop less: ARPO_ENV_PROVIDERS_DOCKER_RAM_SIZE=2G',
  },
  {
    matches: /ports are allocated|port is already allocated|address already in use|no available port/i,
    code: 'E_PORT_IN_USE',
    fix: () =>
      'run fewer desktops (each publishes four ports), or widen the range: sudo sysctl net.ipv4.ip_local_port_range="15000 60999"',
  },
  {
    matches: /apparmor/i,
    code: 'E_PROVIDER_UNAVAILABLE',
    fix: () =>
      "see what AppArmor denied: sudo dmesg | grep -i 'apparmor.*denied'; a reload often fixes it: sudo systemctl restart apparmor docker",
  },
  {
    matches: /selinux|relabel/i,
    code: 'E_PROVIDER_UNAVAILABLE',
    fix: () =>
      'see what SELinux denied: sudo ausearch -m avc -ts recent; a disk image needs the container type: sudo chcon -t container_file_t FILE',
  },
  {
    matches: /gathering device information|\/dev\/kvm/i,
    code: 'E_PROVIDER_UNAVAILABLE',
    fix: () =>
      '/dev/kvm is gone or is hidden from containers; `ls -l /dev/kvm` on the machine of the daemon shows it',
  },
  {
    matches: /toomanyrequests|rate limit/i,
    code: 'E_IMAGE',
    fix: () => 'log in, which raises the limit (docker login), or wait an hour',
  },
  {
    matches:
      /pull access denied|no such image|manifest (unknown|for .* not found)|repository .* not found|unauthorized/i,
    code: 'E_IMAGE',
    fix: ({ image }) =>
      `is the name right? The default is happysixd/osworld-docker; an image of your own comes from: arpo-env image build --tag ${image ?? 'arpo-desktop'}`,
  },
  {
    matches:
      /lookup .*: |dial tcp|no such host|i\/o timeout|Client\.Timeout|TLS handshake timeout|connection refused/i,
    code: 'E_IMAGE',
    fix: ({ image = 'IMAGE' }) =>
      `the registry cannot be reached from here. On a machine with network: docker pull ${image} && docker save ${image} | ssh THIS_MACHINE docker load`,
  },
  {
    matches: /client version .* is too (old|new)|minimum supported API/i,
    code: 'E_DOCKER',
    fix: () => 'bring Docker on that machine up to date (Engine 20.10 or newer)',
  },
  {
    matches: /is not shared from the host|mounts denied|bind source path does not exist/i,
    code: 'E_QCOW2',
    fix: () =>
      "the disk must lie on the daemon's machine, in a folder that Docker may mount (Docker Desktop: Settings → Resources → File sharing)",
  },
];

/** The error to throw for whatever dockerode threw; ours pass unchanged. */
export async function dockerError(thrown: unknown, context: FailureContext): Promise<ArpoEnvError> {
  if (thrown instanceof ArpoEnvError) return thrown;
  const words = dockerWords(thrown);
  const where = `Docker at ${displayAddress(context.address)}`;
  const row = ROWS.find(({ matches }) => matches.test(words));
  const problem: Problem = {
    code: row?.code ?? 'E_PROVIDER_UNAVAILABLE',
    message: `${where} could not ${context.doing}: ${words}`,
    fix: (await row?.fix(context)) ?? 'see what the daemon says: sudo journalctl -u docker -n 50',
  };
  return new ArpoEnvError(problem, { cause: thrown });
}

/** True for a connection that broke or could not be made: the daemon may be back in a moment. */
export function isUnreachable(thrown: unknown): boolean {
  return /\b(ENOENT|ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|ETIMEDOUT|ESSH)\b/.test(dockerWords(thrown));
}

export function isNotFound(thrown: unknown): boolean {
  return statusOf(thrown) === 404;
}

/** The HTTP status with which the daemon refused; undefined when it did not answer. */
export function statusOf(thrown: unknown): number | undefined {
  return answerSchema.safeParse(thrown).data?.statusCode;
}

/** Without what would be a password in a URL. */
export function displayAddress({ url, source }: DaemonAddress): string {
  const shown = new URL(url);
  shown.password = '';
  return source === 'default' ? shown.href : `${shown.href} (${source})`;
}

/** Docker's own sentence, or the system's with its code. */
function dockerWords(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const code = errno(thrown);
  // Answers that it streams have no `json`: what it puts before Docker's words says nothing more.
  const said = thrown.message.replace(/^\(HTTP code \d+\) [^-]* - /, '');
  const text = (saidSchema.safeParse(thrown).data?.json.message ?? said).trim();
  if (thrown.name === 'TimeoutError') return 'no answer in time (TimeoutError)';
  return code === undefined || text.includes(code) ? text : `${text} (${code})`;
}

function fixNoDaemon({ address }: FailureContext): string {
  if (address.url.protocol === 'ssh:')
    return `make this work first: ${pastedSsh(sshDestination(address.url), ['docker', 'version'])}`;
  if (address.source !== 'default') {
    return `is the daemon there? Correct ${address.source}, or use the usual one: unset DOCKER_HOST; docker context use default`;
  }
  if (process.platform === 'darwin') return 'start Docker Desktop: open -a Docker';
  return 'start the daemon: sudo systemctl start docker (not installed yet? arpo-env setup-vm does it)';
}

/** Membership counts from the next login on, so the two cases have two fixes. */
async function fixSocketPermission({ address }: FailureContext): Promise<string> {
  const { username } = userInfo();
  const groups = await readFile('/etc/group', 'utf8').catch(() => '');
  const [, , gid, members = ''] =
    groups
      .split('\n')
      .find((line) => line.startsWith('docker:'))
      ?.split(':') ?? [];
  const isMember = members.split(',').includes(username);
  const isActive = gid !== undefined && process.getgroups?.().includes(Number(gid));
  if (isMember && !isActive)
    return 'you are in group docker since this session began: log out and in again, or run newgrp docker';
  if (isActive) return `check the permissions: ls -l ${shellQuote(address.url.pathname)}`;
  return 'sudo usermod -aG docker "$USER", then log out and in again (or run newgrp docker)';
}
