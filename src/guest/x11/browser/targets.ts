/** A running browser's HTTP endpoints of CDP: which browser it is and which pages it has. */
import { z } from 'zod';
import { parseJson } from '../../../lib/json.js';

export interface Page {
  id: string;
  title: string;
  url: string;
}

const PROBE_TIMEOUT_MS = 2000;

/** What `/json/version` answers. */
const versionSchema = z.object({ webSocketDebuggerUrl: z.url() });
/** What `/json/list` answers. */
const targetsSchema = z.array(
  z.object({ id: z.string(), type: z.string(), title: z.string(), url: z.string() }),
);

/** Path of the browser's own WebSocket, which no other browser has; null where none answers. */
export async function browserId(port: number): Promise<string | null> {
  const version = parseJson((await get(port, '/json/version')) ?? '', versionSchema);
  return version === undefined ? null : new URL(version.webSocketDebuggerUrl).pathname;
}

/** None where no browser answers. */
export async function pages(port: number): Promise<Page[]> {
  const targets = parseJson((await get(port, '/json/list')) ?? '', targetsSchema) ?? [];
  return targets.filter(({ type }) => type === 'page');
}

export async function closePage(port: number, { id }: Page): Promise<void> {
  await get(port, `/json/close/${id}`);
}

/** The body of an answer with status 200, else null. */
async function get(port: number, path: string): Promise<string | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    const text = await response.text();
    return response.ok ? text : null;
  } catch {
    return null;
  }
}
