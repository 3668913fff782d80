/** Which of OSWorld's virtual machines this machine can run (providers.md §3). */
import { execa } from 'execa';
import { ArpoEnvError } from '../../../errors.js';

const FOLDER = 'https://huggingface.co/datasets/xlangai/ubuntu_osworld/resolve/main';
const LIMIT_MS = 5000;

/** Throws E_PROVIDER_UNAVAILABLE where there is none. */
export async function imageForThisMachine(signal: AbortSignal): Promise<string> {
  const translated = process.platform === 'darwin' && (await isTranslated(signal));
  return imageFor(process.platform, translated ? 'arm64' : process.arch);
}

export function imageFor(platform: NodeJS.Platform, arch: string): string {
  if (arch === 'x64' && ['darwin', 'linux', 'win32'].includes(platform)) return `${FOLDER}/Ubuntu-x86.zip`;
  // VMware Fusion runs guests of the processor's own kind alone, and OSWorld has an ARM guest for it.
  if (arch === 'arm64' && platform === 'darwin') return `${FOLDER}/Ubuntu-arm.zip`;
  throw new ArpoEnvError({
    code: 'E_PROVIDER_UNAVAILABLE',
    message: `OSWorld has no VMware machine for ${platform} on ${arch}: VMware runs x86-64 guests on x86-64, and ARM guests on Macs with Apple silicon`,
    fix: 'have one made for it: --url URL of a zip archive with its .vmx; or use another provider: arpo-env serve --provider auto',
  });
}

/** Node itself may be an Intel program that Rosetta runs: then the Mac is one with Apple silicon. */
async function isTranslated(signal: AbortSignal): Promise<boolean> {
  const argv = ['-in', 'sysctl.proc_translated'];
  const { stdout } = await execa('sysctl', argv, { reject: false, timeout: LIMIT_MS, cancelSignal: signal });
  signal.throwIfAborted();
  return stdout?.trim() === '1';
}
