/**
 * File descriptors that this process was started with beside the usual three, such as a lock that a shell script holds.
 * Node keeps those from its children that are numbered without a gap (uv_disable_stdio_inheritance); the others a child has
 * too, and with them what they are open to: no sandbox shall.
 */
import { openSync, readdirSync, readFileSync } from 'node:fs';
import { once } from './once.js';

type Stdio = 'ignore' | 'pipe' | number;

/** open(2), in octal as /proc has it. */
const O_CLOEXEC = 0o2000000;

/** `stdio` of a child that has nothing else: in the place of each inherited one it finds /dev/null. */
export function andNothingElse(stdio: readonly Stdio[]): Stdio[] {
  const further = inherited().filter((descriptor) => descriptor >= stdio.length);
  const count = Math.max(stdio.length, ...further.map((descriptor) => descriptor + 1));
  const covered: Stdio[] = Array.from({ length: count }, (_, descriptor) => stdio[descriptor] ?? 'ignore');
  for (const descriptor of further) covered[descriptor] = devNull();
  return covered;
}

const devNull = once(() => openSync('/dev/null', 'r'));

/** Those of this process's start: what Node opens later, no child gets. None where there is no /proc. */
const inherited = once((): number[] => {
  try {
    return readdirSync('/proc/self/fd')
      .map(Number)
      .filter((descriptor) => descriptor > 2 && isPassedOn(descriptor));
  } catch {
    return [];
  }
});

function isPassedOn(descriptor: number): boolean {
  try {
    const [, flags = ''] =
      /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')) ?? [];
    return flags !== '' && (Number.parseInt(flags, 8) & O_CLOEXEC) === 0;
  } catch {
    return false; // the one by which the folder was read
  }
}
