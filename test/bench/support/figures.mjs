/** Times and what is said of them. */
import { cpus, loadavg } from 'node:os';

/** Milliseconds. */
export async function elapsed(act) {
  const began = performance.now();
  await act();
  return performance.now() - began;
}

/** Milliseconds of each time. */
export async function repeat(count, act) {
  const times = [];
  for (let index = 0; index < count; index += 1) times.push(await elapsed(act));
  return times;
}

export function median(values) {
  return percentile(values, 0.5);
}

/** `fraction`: 0 is the lowest, 1 the highest. */
export function percentile(values, fraction) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))];
}

/** On which machine; the load of the last minute, which at the start is other work than the bench's. */
export function machine() {
  return `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0].toFixed(1)}`;
}

/** As Markdown; all columns but the first to the right. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), `| --- |${' --: |'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n');
}
