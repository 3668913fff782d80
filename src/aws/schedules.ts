/** Ends instances at a time that AWS itself keeps: one-time schedules of EventBridge Scheduler. A test puts a double here. */

export interface Schedules {
  /** Plans the end of an instance, or moves what is planned. Throws AWS's own error. */
  set(instanceId: string, at: Date, signal: AbortSignal): Promise<void>;
  /** Forgets what is planned; nothing planned is fine. Throws AWS's own error. */
  cancel(instanceId: string, signal: AbortSignal): Promise<void>;
}

/** One per instance, so that asking twice makes no second one. */
export function scheduleName(instanceId: string): string {
  return `arpo-env-ttl-${instanceId}`;
}

/** `at(2026-11-29T09:12:00)`: what EventBridge Scheduler reads, to the second (EventBridge Scheduler user guide, Schedule types). */
export function atExpression(time: Date): string {
  return `at(${time.toISOString().slice(0, 19)})`;
}

/**
 * Whether it only means that a role was made moments ago: IAM needs some seconds until every service knows it. AWS has no code
 * of its own for it (providers.md §4).
 */
export function isRoleNotYetKnown(error: unknown): boolean {
  const { name, message } = error as Error;
  return name === 'ValidationException' && /must allow .* to assume the role/i.test(message);
}
