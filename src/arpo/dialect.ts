/** What the two dialects have in common, and what each has to say for itself. */
import type { Call } from '../python/call.js';
import type { ModelFacts } from './models.js';
import type { Box, Pointing } from './screen.js';

/** A call, its arguments read as the dialect reads them: what `generate` needs and nothing else. */
export interface ActionRequest {
  /** `click`, `type`, …; any other name is an action that nobody knows. */
  name: string | null;
  /** The dialect has no action of that name. */
  isUnknown?: boolean;
  start?: Box | undefined;
  end?: Box | undefined;
  /** The keys of hotkey, press, keydown and keyup, as Python source. */
  keys?: readonly string[];
  /** Of mouse_down and mouse_up. */
  button?: MouseButton | undefined;
  typing?: Typing | undefined;
  scroll?: Scroll | undefined;
  /** Why no code can be generated, found before the code is asked for. */
  fault?: string | undefined;
}

export type MouseButton = 'left' | 'middle' | 'right';

export interface Typing {
  /** What is done one after the other: text as a Python literal with its quotes, or a key combination. */
  parts: readonly ({ literal: string } | { hotkey: string })[];
  /** Seconds between two keys, as Python source. */
  interval: string;
  /** Enter at the end. */
  submits: boolean;
  /** The code itself waits for 0.5 s after it has typed. */
  pauses: boolean;
}

export interface Scroll {
  axis: 'vertical' | 'horizontal';
  /** Negative is down or left. */
  clicks: 5 | -5;
}

export interface Dialect {
  /** The calls that follow `Action:`. Throws UnreadablePrediction when there is none. */
  readCalls(prediction: string, model: ModelFacts): Call[];
  /** Throws UnreadablePrediction when an argument cannot be read. */
  toRequest(call: Call, pointing: Pointing): ActionRequest;
  /** The string literal, quotes included, that shows the Thought in the generated code. */
  docstring(thought: string | null): string;
  /** Whether actions before a wait, finished, … of the same prediction are carried out. */
  keepsActionsBeforeSpecial: boolean;
  /** Whether it may type faster than the reference. */
  mayHurry: boolean;
}

/** The note that the generated code carries, as the text of a string with three quotes. */
export function note(thought: string): string {
  return `\nObservation:\n\n\nThought:\n${thought}\n`;
}
