/** What is known of the UI-TARS models, by the name that a config gives: nothing is guessed from what one says. */
import type { Coordinates } from './screen.js';

export interface ModelFacts {
  coordinates: Coordinates;
  /** Its `press` holds a key down until `release`; otherwise it presses it and lets it go. */
  pressHolds: boolean;
  /** It ends a task by answering in words; others call `finished`. */
  answersInWords: boolean;
}

/**
 * ui-tars-1.0 (Qwen2-VL) and the models with the `<point>` prompt (Doubao 1.5, UI-TARS 2) point in thousandths of the
 * screen, ui-tars-1.5 (Qwen2.5-VL) in pixels of the resized screenshot. Source: the README and the action parser of
 * UI-TARS' own package `ui-tars`.
 */
const MODELS = {
  'ui-tars-1.0': { coordinates: 'relative', pressHolds: false, answersInWords: false },
  'ui-tars-1.5': { coordinates: 'absolute', pressHolds: false, answersInWords: false },
  'doubao-1.5-ui-tars': { coordinates: 'relative', pressHolds: false, answersInWords: false },
  'ui-tars-2': { coordinates: 'relative', pressHolds: true, answersInWords: true },
} as const satisfies Record<string, ModelFacts>;

export type ModelName = keyof typeof MODELS;

export interface ModelSettings {
  /** Which model speaks. Default: one that points as ui-tars-1.5 does, which the reference was written for. */
  model?: ModelName | undefined;
  /** Default `auto`: by the model. */
  coordinates?: Coordinates | 'auto' | undefined;
}

export function modelFacts({ model = 'ui-tars-1.5', coordinates = 'auto' }: ModelSettings): ModelFacts {
  const facts: ModelFacts = MODELS[model];
  return coordinates === 'auto' ? facts : { ...facts, coordinates };
}
