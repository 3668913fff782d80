/** Durations and sizes as people write them (`90s`, `4G`) and as programs need them (milliseconds, bytes). */

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** Powers of 1024, as QEMU and Docker read the same letters. */
const BYTES = { K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Node's timers fire at once when asked for more than 2^31 - 1 ms; a longer wait than this is refused. */
export const LONGEST_DURATION_MS = 24 * MILLISECONDS.d;

/**
 * `500ms`, `90s`, `5m`, `1h`, `2d` in milliseconds. A plain number is seconds, as `DOCKER_VM_READY_TIMEOUT=3600`
 * has always been. `undefined` when it is neither, not above zero, or longer than `LONGEST_DURATION_MS`.
 */
export function parseDuration(value: string | number): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(ms|s|m|h|d)?$/.exec(String(value).trim());
  if (match === null) return undefined;
  const unit = (match[2] ?? 's') as keyof typeof MILLISECONDS;
  const milliseconds = Math.round(Number(match[1]) * MILLISECONDS[unit]);
  return milliseconds > 0 && milliseconds <= LONGEST_DURATION_MS ? milliseconds : undefined;
}

/** The shortest exact way to write so many milliseconds: `90s`, not `90000ms`; `1h`, not `60m`. */
export function durationText(milliseconds: number): string {
  return withLargestUnit(milliseconds, MILLISECONDS);
}

/** `512M`, `4G`, `4GiB`, `4GB` (all powers of 1024) or a plain number, in bytes. `undefined` when not a size above zero. */
export function parseSize(value: string | number): number | undefined {
  const match = /^(\d+(?:\.\d+)?) ?(?:([KMGT])(?:i?B)?)?$/i.exec(String(value).trim());
  if (match === null) return undefined;
  const unit = match[2]?.toUpperCase() as keyof typeof BYTES | undefined;
  const bytes = Math.round(Number(match[1]) * (unit === undefined ? 1 : BYTES[unit]));
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest exact way to write so many bytes: `4G`, `1536M`, `1000`. */
export function sizeText(bytes: number): string {
  return withLargestUnit(bytes, BYTES);
}

function withLargestUnit(value: number, units: Record<string, number>): string {
  const fitting = Object.entries(units).filter(([, factor]) => value % factor === 0);
  const [unit, factor] = fitting.at(-1) ?? ['', 1];
  return `${value / factor}${unit}`;
}
