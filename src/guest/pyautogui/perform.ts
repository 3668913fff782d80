/** Carries steps out, one after the other, on a screen's pointer and keyboard. */
import type { GuestInput } from '../input.js';
import type { GuestClock } from '../machine.js';
import type { InputStep } from './steps.js';

/** A slow move is shown as one position per this time. */
const MOTION_INTERVAL_MS = 50;
const MAX_POSITIONS = 200;

/** Rejects with the signal's reason when it aborts between two steps. */
export async function performSteps(
  steps: readonly InputStep[],
  { pointer, keyboard }: GuestInput,
  clock: GuestClock,
  signal: AbortSignal,
): Promise<void> {
  for (const step of steps) {
    signal.throwIfAborted();
    switch (step.type) {
      case 'move':
        await move(step, pointer, clock, signal);
        break;
      case 'button':
        await (step.down ? pointer.press(step.button) : pointer.release(step.button));
        break;
      case 'scroll':
        await pointer.scroll(step.vertical, step.horizontal);
        break;
      case 'key':
        await (step.down ? keyboard.press(step.key) : keyboard.release(step.key));
        break;
      case 'sleep':
        await clock.sleep(step.seconds * 1000, signal);
        break;
    }
  }
}

async function move(
  { x, y, seconds }: InputStep & { type: 'move' },
  pointer: GuestInput['pointer'],
  clock: GuestClock,
  signal: AbortSignal,
): Promise<void> {
  const from = await pointer.position();
  const to = { x: x ?? from.x, y: y ?? from.y };
  const count = Math.min(MAX_POSITIONS, Math.max(1, Math.round((seconds * 1000) / MOTION_INTERVAL_MS)));
  for (let step = 1; step <= count; step += 1) {
    if (seconds > 0) await clock.sleep((seconds * 1000) / count, signal);
    await pointer.moveTo({
      x: Math.round(from.x + ((to.x - from.x) * step) / count),
      y: Math.round(from.y + ((to.y - from.y) * step) / count),
    });
  }
}
