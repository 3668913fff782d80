/** Which user of this machine a sandbox runs as, and who its programs are inside. */
import { readdir, readFile, stat } from 'node:fs/promises';

/** The person inside, as in OSWorld's virtual machine. */
export const INSIDE = { name: 'user', uid: 1000, home: '/home/user', runtime: '/run/user/1000' } as const;

/** Where systemd takes users that live as long as a service (systemd.exec(5), DynamicUser): nobody's, and below 65536, so that containers have them too. */
const FIRST = 61_184;
const LAST = 65_519;

/** Those given away by this process, which may not have a process yet. */
const given = new Set<number>();

export interface SandboxUser extends Disposable {
  /** The number, on this machine. */
  readonly uid: number;
}

/**
 * A user of its own for each sandbox when this process is root's, null when it is not: then it runs as the user of this
 * process, apart from everything by its namespaces alone.
 */
export async function takeUser(): Promise<SandboxUser | null> {
  if (process.getuid?.() !== 0) return null;
  const taken = new Set([...(await namedUsers()), ...(await runningUsers())]);
  const free = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index).filter(
    (uid) => !taken.has(uid) && !given.has(uid),
  );
  const uid = free[Math.floor(Math.random() * free.length)];
  if (uid === undefined) throw new Error(`no user id between ${FIRST} and ${LAST} is free`);
  given.add(uid);
  return { uid, [Symbol.dispose]: () => void given.delete(uid) };
}

/** Whether nobody but a sandbox has ever had this number. */
export function isOfSandbox(uid: number): boolean {
  return uid >= FIRST && uid <= LAST;
}

async function namedUsers(): Promise<number[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return text.split('\n').map((line) => Number(line.split(':')[2]));
}

async function runningUsers(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const owners = await Promise.all(
    pids.map((pid) =>
      stat(`/proc/${pid}`).then(
        ({ uid }) => uid,
        () => -1,
      ),
    ),
  );
  return owners;
}
