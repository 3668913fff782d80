/** Reads what `docker pull` writes to a terminal: one line per layer, rewritten while it is fetched and unpacked. */
import { stripVTControlCharacters } from 'node:util';
import { formatBytes } from '../../ui/format.js';
import type { Progress } from '../command.js';

interface Layer {
  /** Bytes as the registry has them; null until its download begins. */
  total: number | null;
  fetched: number;
  unpacked: number;
  done: boolean;
}

/** `1.2MB`, as Docker's go-units writes sizes. */
const UNITS: Record<string, number> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
/** Fetching takes longer than unpacking. */
const FETCH_SHARE = 0.8;

export function pullProgress(): (line: string) => Progress | null {
  const layers = new Map<string, Layer>();
  let highest = 0;
  return (line) => {
    const [, id, words] = /^([\da-f]{12}): (.+)$/.exec(stripVTControlCharacters(line).trim()) ?? [];
    if (id === undefined || words === undefined) return null;
    const layer = layers.get(id) ?? { total: null, fetched: 0, unpacked: 0, done: false };
    layers.set(id, layer);
    update(layer, words);
    // Sizes become known one by one; what was shown is not taken back.
    highest = Math.max(highest, fractionOf([...layers.values()]));
    return { fraction: highest, text: textOf([...layers.values()]) };
  };
}

function update(layer: Layer, words: string): void {
  const [current, total] = [...words.matchAll(/([\d.]+)([kMGT]?B)/g)].map(
    ([, number, unit = 'B']) => Number(number) * (UNITS[unit] ?? 1),
  );
  if (total !== undefined) layer.total = total;
  const whole = layer.total ?? 0;
  if (/^Downloading/.test(words)) layer.fetched = current ?? layer.fetched;
  if (/^(Verifying Checksum|Download complete|Extracting)/.test(words)) layer.fetched = whole;
  if (/^Extracting/.test(words)) layer.unpacked = current ?? layer.unpacked;
  if (!/^(Pull complete|Already exists)/.test(words)) return;
  layer.done = true;
  layer.fetched = whole;
  layer.unpacked = whole;
}

/** A layer of which no size is known yet counts as an average one. */
function fractionOf(layers: readonly Layer[]): number {
  const open = layers.filter(({ total, done }) => total !== null || !done);
  const known = open.flatMap(({ total }) => (total === null ? [] : [total]));
  const average = known.length === 0 ? 1 : sum(known) / known.length;
  const all = sum(open.map(({ total }) => total ?? average));
  if (all === 0) return layers.every(({ done }) => done) ? 1 : 0;
  return sum(open.map(({ fetched, unpacked }) => fetched * FETCH_SHARE + unpacked * (1 - FETCH_SHARE))) / all;
}

function textOf(layers: readonly Layer[]): string {
  const done = layers.filter((layer) => layer.done).length;
  const count = `${done} of ${layers.length} layers`;
  const total = sum(layers.map((layer) => layer.total ?? 0));
  if (total === 0) return count;
  return `${formatBytes(sum(layers.map(({ fetched }) => fetched)))} of ${formatBytes(total)}, ${count}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
