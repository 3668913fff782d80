/** How steps call pip: where packages come from. */
import { join } from 'node:path';
import type { SetupContext } from './step.js';

/** Through the environment: an index's URL may hold a password. */
export function indexVariables({ settings: { pipIndexUrl: url } }: SetupContext): Record<string, string> {
  return url === null ? {} : { PIP_INDEX_URL: url, UV_DEFAULT_INDEX: url };
}

/** Options of `pip install`. */
export function pipSources({ settings: { offline } }: SetupContext): string[] {
  return offline === null ? [] : ['--no-index', '--find-links', join(offline, 'wheels')];
}
