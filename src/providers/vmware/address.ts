/**
 * Where a running machine is reached. `getGuestIPAddress -wait` may wait for ever, and without `-wait` some versions never
 * see the Tools of a machine without a window: several ways are tried in turn, each with a limit.
 */
import { isIPv4 } from 'node:net';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { ArpoEnvError } from '../../errors.js';
import { sleep } from '../../lib/wait.js';
import { errorWords, isNotPoweredOn } from './errors.js';
import { environmentOf, type Vmrun } from './vmrun.js';

/** One that waits is given longer with every round, and the machine meanwhile boots. */
const WAIT_LIMITS_MS = [5000, 10_000, 20_000];
const PLAIN_LIMIT_MS = 15_000;
const VMCLI_LIMIT_MS = 15_000;
const POLL_MS = 500;
/** Rounds of the plain way before the others are tried: they cost more. */
const PATIENT_ROUNDS = 4;

export interface AddressOptions {
  vmrun: Vmrun;
  vmx: string;
  /** Milliseconds that it may take. */
  timeoutMs: number;
  signal: AbortSignal;
  env: NodeJS.ProcessEnv;
  onTry?: ((said: string) => void) | undefined;
  /** Milliseconds between rounds. Default 500. */
  pollMs?: number | undefined;
}

/** Throws E_BOOT_FAILED when it ended meanwhile or never told one, or the signal's reason. */
export async function awaitAddress(options: AddressOptions): Promise<string> {
  const { vmx, timeoutMs, signal, onTry, pollMs = POLL_MS } = options;
  const deadline = performance.now() + timeoutMs;
  let said = '';
  for (let round = 0; performance.now() < deadline; round += 1) {
    const answer = await ask(options, round);
    if (answer.address !== null) return answer.address;
    said = answer.said;
    onTry?.(said);
    await sleep(pollMs, signal);
  }
  throw new ArpoEnvError({
    code: 'E_BOOT_FAILED',
    message: `${vmx} has told no IPv4 address within ${Math.round(timeoutMs / 1000)} s; the last answer: ${said}`,
    fix: 'VMware Tools must run in it (sudo apt-get install -y open-vm-tools) and its network must be NAT or host-only: look at it with providers.vmware.gui: true',
  });
}

interface Heard {
  address: string | null;
  said: string;
}

async function ask(options: AddressOptions, round: number): Promise<Heard> {
  const plain = await throughVmrun(options, [], PLAIN_LIMIT_MS);
  if (plain.address !== null || round < PATIENT_ROUNDS) return plain;
  const other = await throughVmcli(options);
  if (other !== null) return { address: other, said: plain.said };
  const waiting =
    WAIT_LIMITS_MS[Math.min(round - PATIENT_ROUNDS, WAIT_LIMITS_MS.length - 1)] ?? PLAIN_LIMIT_MS;
  return throughVmrun(options, ['-wait'], waiting);
}

async function throughVmrun(
  { vmrun, vmx, signal }: AddressOptions,
  wait: string[],
  limitMs: number,
): Promise<Heard> {
  const { said, isOk } = await vmrun.ask(['getGuestIPAddress', vmx, ...wait], limitMs, signal);
  if (isNotPoweredOn(said)) throw ended(vmx, said);
  return { address: isOk ? addressIn(said) : null, said: errorWords(said) };
}

/** Fusion 13.5 and Workstation 17.5 brought vmcli, which reads what the Tools have told, beside vmrun. Null: it does not know either. */
async function throughVmcli({ vmrun, vmx, signal, env }: AddressOptions): Promise<string | null> {
  const path = join(dirname(vmrun.program.path), process.platform === 'win32' ? 'vmcli.exe' : 'vmcli');
  const { stdout = '', exitCode } = await execa(path, [vmx, 'Guest', 'query'], {
    reject: false,
    extendEnv: false,
    env: environmentOf(env),
    stdin: 'ignore',
    timeout: VMCLI_LIMIT_MS,
    cancelSignal: signal,
    forceKillAfterDelay: 2000,
  });
  signal.throwIfAborted();
  const found = exitCode === 0 ? /^ip:\s*'([^']*)'/m.exec(stdout)?.[1] : undefined;
  return found === undefined ? null : addressIn(found);
}

/** The last line that is an IPv4 address of a network: before DHCP has answered there may be a link-local one, or `unknown`. */
function addressIn(said: string): string | null {
  const candidates = said.split(/\s+/).filter((word) => isIPv4(word) && !/^(169\.254|0)\./.test(word));
  return candidates.at(-1) ?? null;
}

function ended(vmx: string, said: string): ArpoEnvError {
  return new ArpoEnvError({
    code: 'E_BOOT_FAILED',
    message: `${vmx} ended while it booted (VMware: ${errorWords(said)})`,
    fix: 'see why in vmware.log beside it; when somebody closed its window, reset the env again',
  });
}
