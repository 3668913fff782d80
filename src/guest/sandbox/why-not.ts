/** Why there can be no sandbox on this machine, and what to do about it. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Problem } from '../../errors.js';

type Explanation = Omit<Problem, 'code'>;

/** As Ubuntu's own profiles for the programs that it lets make user namespaces (apparmor.d(5)). */
const PROFILE =
  'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile bwrap /usr/bin/bwrap flags=(unconfined) {\\n  userns,\\n}\\n';

/**
 * `said`: by the system. `who` can have no sandbox, and without one there is this `danger`. `unconfined` is the command that
 * does without: the fix where the machine is a sandbox itself, and where nothing else is known to help.
 */
export async function whyNoSandbox(
  said: string,
  { who, danger }: { who: string; danger: string },
  unconfined: string,
): Promise<Explanation> {
  const message = `${who} can have no sandbox on this machine: ${said}`;
  if (inContainer()) return inside(message, unconfined);
  const fix = await settingToChange();
  if (fix !== null) return { message, fix };
  return { message: `${message}; without one, ${danger}`, fix: unconfined };
}

/** A container keeps what runs in it from the machine, though not from what else is in it. */
export function inside(message: string, unconfined: string): Explanation {
  const known = `${message}; but it is a container, which is a sandbox by itself`;
  return { message: known, fix: unconfined };
}

async function settingToChange(): Promise<string | null> {
  if ((await setting('kernel/apparmor_restrict_unprivileged_userns')) === '1') {
    return `printf '${PROFILE}' | sudo tee /etc/apparmor.d/bwrap && sudo apparmor_parser -r /etc/apparmor.d/bwrap`;
  }
  if ((await setting('kernel/unprivileged_userns_clone')) === '0') {
    return 'sudo sysctl -w kernel.unprivileged_userns_clone=1';
  }
  if ((await setting('user/max_user_namespaces')) === '0') {
    return 'sudo sysctl -w user.max_user_namespaces=15000';
  }
  return null;
}

async function setting(name: string): Promise<string | null> {
  return readFile(`/proc/sys/${name}`, 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
}

export function inContainer(): boolean {
  // Docker's, Podman's, and what every container of Kubernetes has, whatever runs it.
  const marks = ['/.dockerenv', '/run/.containerenv', '/var/run/secrets/kubernetes.io'];
  return marks.some((path) => existsSync(path));
}
