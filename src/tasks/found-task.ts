/** A task as it was found, before anything is known of it. */
import type { Problem } from '../errors.js';

/** Where it stands: what it does not say itself is taken from there. */
export interface Place {
  id: string;
  /** As OSWorld sorts its tasks: chrome, multi_apps … */
  domain: string | null;
}

export interface FoundTask extends Place {
  /** What it is, or why it cannot be read. */
  content: { value: unknown } | { problem: Problem };
}

export function foundTask(value: unknown, place: Place): FoundTask {
  if (!looksLikeTask(value))
    return unreadableTask(place, 'is not a task: it has no evaluator and no instruction');
  const { id, domain, snapshot } = value;
  const name = [domain, place.domain, snapshot].find((one) => typeof one === 'string');
  return {
    id: shortened(typeof id === 'string' && id !== '' ? id : place.id),
    domain: typeof name === 'string' ? shortened(name) : null,
    content: { value },
  };
}

/** `wrong` goes on after its name. */
export function unreadableTask({ id, domain }: Place, wrong: string, fix = COMPARE): FoundTask {
  const problem: Problem = { code: 'E_TASK_INVALID', message: `${shortened(id)} ${wrong}`, fix };
  return { id: shortened(id), domain: domain === null ? null : shortened(domain), content: { problem } };
}

const COMPARE = 'compare it with the published OSWorld task of the same id';

export function looksLikeTask(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && ('evaluator' in value || 'instruction' in value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Names come from files that anybody may have written. */
function shortened(name: string): string {
  return name.length > 200 ? `${name.slice(0, 200)}…` : name;
}
