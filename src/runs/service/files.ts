/** The files that a service consists of: its definition from a template, and its secrets. */

import { chmod, open, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errno } from '../../lib/errno.js';
import { fileError } from '../../lib/file-error.js';
import { makeFolder } from '../../lib/make-folder.js';
import { packageFile } from '../../lib/package.js';
import type { ServiceFile } from './service.js';

const SECRETS_HEADER = `# Read by the arpo-env service only; one NAME=value a line.
# ARPO_ENV_TOKEN=
`;

/** `templates/<name>` with each {{placeholder}} replaced once; values are already escaped for the format. */
export async function fillTemplate(name: string, values: Readonly<Record<string, string>>): Promise<string> {
  const template = await readFile(packageFile(`templates/${name}`), 'utf8');
  return template.replace(/\{\{(\w+)\}\}/g, (placeholder, key: string) => values[key] ?? placeholder);
}

export async function writeServiceFile({ path, text }: ServiceFile): Promise<void> {
  try {
    await makeFolder(dirname(path));
    await writeFile(path, text, { mode: 0o644 });
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Makes the file for secrets, readable by its owner only; one that exists keeps its content. */
export async function ensureEnvironmentFile(path: string): Promise<void> {
  try {
    await makeFolder(dirname(path), 0o700);
    const handle = await open(path, 'ax', 0o600);
    await handle.writeFile(SECRETS_HEADER).finally(() => handle.close());
  } catch (error) {
    if (errno(error) !== 'EEXIST') throw fileError(error, path);
    await chmod(path, 0o600);
  }
}
