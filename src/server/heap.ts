/** How much garbage V8 lets gather before it collects everything. */
import { setFlagsFromString } from 'node:v8';

/**
 * Lets the heap grow to four times what was alive after the last full collection. A step leaves 2 MB of buffers, which
 * V8 counts against its small heap: by default it collects everything every few steps, which costs more than all the rest
 * of the server. The price is some 100 MB at most. Affects the whole process, which is the server's.
 */
export function letHeapGrow(): void {
  setFlagsFromString('--heap-growing-percent=300');
}
