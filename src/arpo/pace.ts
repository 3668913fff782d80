/**
 * How fast is typed: as the reference does, 0.1 s a character and 0.5 s after it, or as fast as the desktop takes it. A
 * desktop puts keys in a queue, so that none is lost; whoever waits for what comes of them has the reference's time.
 */
import type { ActionRequest } from './dialect.js';

export type Pace = 'reference' | 'quick';

const REFERENCE_INTERVAL_MS = 100;
const REFERENCE_LONGEST_MS = 60_000;
const REFERENCE_PAUSE_MS = 500;

/** The same, typed at once. */
export function hurried(request: ActionRequest): ActionRequest {
  const { typing } = request;
  return typing === undefined
    ? request
    : { ...request, typing: { ...typing, interval: '0.0', pauses: false } };
}

const HURRIED = /^pyautogui\.write\((.*), interval=0\.0\)$/gm;

/** Milliseconds that the reference would take for what such code types at once. */
export function typingMs(source: string): number {
  const characters = [...source.matchAll(HURRIED)].reduce((sum, [, literal = '']) => sum + literal.length, 0);
  if (characters === 0) return 0;
  return Math.min(characters * REFERENCE_INTERVAL_MS, REFERENCE_LONGEST_MS) + REFERENCE_PAUSE_MS;
}
