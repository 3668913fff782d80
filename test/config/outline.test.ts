import { expect, test } from 'vitest';
import { ESTABLISHED_NAMES, variableName } from '../../src/config/environment.js';
import { configOutline, fieldsOf, nodesOf } from '../../src/config/outline.js';
import { configSchema } from '../../src/config/schema.js';

const outline = configOutline();
const fields = fieldsOf(outline);

test('every section and every field says in a sentence what it is', () => {
  const bare = nodesOf(outline).filter(({ description }) => !/^[A-Z].{8,}\.$/.test(description));
  expect(bare.map(({ path }) => path)).toEqual([]);
});

test('the outline has every path of a parsed config', () => {
  const parsed = leavesOf(configSchema.parse({}));
  const known = fields.map(({ path }) => path);
  expect(parsed.length).toBeGreaterThan(30);
  expect(parsed.filter((path) => !known.includes(path))).toEqual([]);
});

test('the defaults that the runbooks fix', () => {
  expect(configSchema.parse({})).toMatchObject({
    provider: 'auto',
    screen: { width: 1920, height: 1080 },
    server: { host: '127.0.0.1', port: 18082, envs: 1, standby: 0, maxSteps: 16, dialect: 'uitars' },
    providers: {
      docker: { image: 'happysixd/osworld-docker', ramSize: 2 ** 32, cpuCores: 4, diskSize: 2 ** 35 },
    },
    tunnel: { remotePort: 15001, remoteBind: '127.0.0.1', acceptNew: false },
    cluster: { rayPort: 2468 },
  });
});

test('no two fields share a variable, and every established variable sets a field', () => {
  const names = fields.map(({ path }) => variableName(path));
  expect(new Set([...names, ...Object.keys(ESTABLISHED_NAMES)]).size).toBe(
    names.length + Object.keys(ESTABLISHED_NAMES).length,
  );
  expect(fields.map(({ path }) => path)).toEqual(expect.arrayContaining(Object.values(ESTABLISHED_NAMES)));
});

function leavesOf(value: unknown, path: string[] = []): string[] {
  const isLeaf = typeof value !== 'object' || value === null || Array.isArray(value);
  if (isLeaf) return [path.join('.')];
  return Object.entries(value as object).flatMap(([key, child]) => leavesOf(child, [...path, key]));
}
