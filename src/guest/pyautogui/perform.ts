/** Carries steps out, one after the other, on a screen's pointer and keyboard, and lets go what nobody was to hold. */
import type { GuestInput, MouseButton } from '../input.js';
import type { GuestClock } from '../machine.js';
import type { InputStep } from './steps.js';

export interface PerformOptions {
  clock: GuestClock;
  signal: AbortSignal;
}

/** A slow move is shown as one position per this time. */
const MOTION_INTERVAL_MS = 50;
const MAX_POSITIONS = 200;
/** Others have their turn in between, however much one program does. */
const STEPS_PER_TURN = 10;

/**
 * Rejects with the signal's reason when it aborts between two steps. Whatever ends it, nothing stays down but what the
 * program holds with keyDown and mouseDown.
 */
export async function performSteps(
  steps: readonly InputStep[],
  input: GuestInput,
  options: PerformOptions,
): Promise<void> {
  const { signal } = options;
  const pressed = new Pressed(input);
  await input.keyboard.announce(
    steps.flatMap((step) => (step.type === 'key' && step.down ? [step.key] : [])),
  );
  try {
    for (const [index, step] of steps.entries()) {
      signal.throwIfAborted();
      if (index > 0 && index % STEPS_PER_TURN === 0) await input.done();
      await perform(step, input, options, pressed);
    }
    await input.done();
  } catch (error) {
    await pressed.letGo();
    throw error;
  }
}

async function perform(
  step: InputStep,
  input: GuestInput,
  options: PerformOptions,
  pressed: Pressed,
): Promise<void> {
  switch (step.type) {
    case 'move':
      return move(step, input.pointer, options);
    case 'button':
      return pressed.button(step);
    case 'scroll':
      return input.pointer.scroll(step.vertical, step.horizontal);
    case 'key':
      return pressed.key(step, options.signal);
    case 'sleep':
      return options.clock.sleep(step.seconds * 1000, options.signal);
  }
}

/** The keys and buttons that a program has pressed and is going to let go. */
class Pressed {
  readonly #keys = new Set<string>();
  readonly #buttons = new Set<MouseButton>();
  readonly #input: GuestInput;

  constructor(input: GuestInput) {
    this.#input = input;
  }

  async key({ key, down, stays }: InputStep & { type: 'key' }, signal: AbortSignal): Promise<void> {
    const { keyboard } = this.#input;
    if (!down) await keyboard.release(key);
    if (!down || stays) this.#keys.delete(key);
    else this.#keys.add(key);
    if (down) await keyboard.press(key, signal);
  }

  async button({ button, down, stays }: InputStep & { type: 'button' }): Promise<void> {
    const { pointer } = this.#input;
    if (!down) await pointer.release(button);
    if (!down || stays) this.#buttons.delete(button);
    else this.#buttons.add(button);
    if (down) await pointer.press(button);
  }

  /** As far as there still is something to let go on: what ended the program is told, and not what comes of it. */
  async letGo(): Promise<void> {
    const { keyboard, pointer } = this.#input;
    await Promise.allSettled([
      ...[...this.#keys].map((key) => keyboard.release(key)),
      ...[...this.#buttons].map((button) => pointer.release(button)),
    ]);
    await Promise.allSettled([this.#input.done()]);
  }
}

async function move(
  { x, y, seconds }: InputStep & { type: 'move' },
  pointer: GuestInput['pointer'],
  { clock, signal }: PerformOptions,
): Promise<void> {
  if (x !== null && y !== null && seconds === 0) return pointer.moveTo({ x, y });
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
