/** OSWorld's own tasks, which lie beside the clone where they are at all: they are other people's. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';

const TASKS = fileURLToPath(new URL('../../../shared/conformance/osworld-tasks.jsonl', import.meta.url));

/** `describe` for suites that play them. */
export function describeWithTasks(title: string, suite: () => void): void {
  if (existsSync(TASKS)) describe(title, suite);
  else describe.skipIf(true)(`${title} (needs ${TASKS})`, suite);
}

export function osworldTask(id: string): object {
  const line = readFileSync(TASKS, 'utf8')
    .split('\n')
    .find((text) => text.includes(`"${id}"`));
  if (line === undefined) throw new Error(`no task ${id} in ${TASKS}`);
  return JSON.parse(line) as object;
}
