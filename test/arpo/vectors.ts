/** The conformance vectors, and what `deviations.md` says of them. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { DialectName } from '../../src/arpo/prediction.js';

export interface Vector {
  name: string;
  prediction: string;
  screen: { width: number; height: number };
  expect: {
    actions: string[];
    format_reward: number;
    guest_code: { kind: string; calls?: [string, unknown[], Record<string, unknown>][] }[];
  };
}

export function readVectors(): Vector[] {
  return JSON.parse(readFixture('uitars-vectors.json'));
}

export function readBoxTokenVectors(): { name: string; input: string; expect: string }[] {
  return JSON.parse(readFixture('box-token-vectors.json'));
}

/** The vectors that a dialect's table names, in its order. */
export function namedDeviations(dialect: DialectName): string[] {
  const page = readFileSync(fileURLToPath(new URL('../../src/arpo/deviations.md', import.meta.url)), 'utf8');
  const section = page.split('\n## ').find((text) => text.startsWith(`\`${dialect}\``)) ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| `'));
  return rows.flatMap((row) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''),
  );
}

function readFixture(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)), 'utf8');
}
