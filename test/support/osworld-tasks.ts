/** OSWorld's own tasks, which lie beside the clone where they are at all: they are other people's. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe } from 'vitest';
import { type Task, taskSchema } from '../../src/desktop/task.js';

const TASKS = conformanceFile('osworld-tasks.jsonl');

/** A file of what is known of the systems around us. */
export function conformanceFile(name: string): string {
  return fileURLToPath(new URL(`../../../shared/conformance/${name}`, import.meta.url));
}

/** `describe` for suites that play them. */
export function describeWithTasks(title: string, suite: () => void): void {
  if (existsSync(TASKS)) describe(title, suite);
  else describe.skipIf(true)(`${title} (needs ${TASKS})`, suite);
}

export function osworldTask(id: string): object {
  const line = lines().find((text) => text.includes(`"${id}"`));
  if (line === undefined) throw new Error(`no task ${id} in ${TASKS}`);
  return JSON.parse(line) as object;
}

/** All 369. */
export function osworldTasks(): Task[] {
  return lines().map((line) => taskSchema.parse(JSON.parse(line)));
}

function lines(): string[] {
  return readFileSync(TASKS, 'utf8').trim().split('\n');
}
