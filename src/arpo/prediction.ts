/**
 * What a UI-TARS model says → what a desktop does. A prediction becomes the actions of one step, in one of two dialects:
 * `uitars-reference` repeats the reference environment exactly, `uitars` does what the model meant where the
 * reference loses or mangles it. Each difference is a row of `deviations.md`.
 */
import type { Dialect } from './dialect.js';
import { generator } from './generate.js';
import { type ModelSettings, modelFacts } from './models.js';
import { hurried, type Pace } from './pace.js';
import { reference } from './reference.js';
import { pointing, type Size } from './screen.js';
import { thoughtOf } from './thought.js';
import { uitars } from './uitars/dialect.js';
import { isUnreadable, UnreadablePrediction } from './unreadable.js';

export type DialectName = 'uitars' | 'uitars-reference';

export interface PredictionOptions extends ModelSettings {
  /** The desktop's screen in pixels; coordinates are scaled from what the model sees of it. */
  screen: Size;
  /** Default `uitars`. */
  dialect?: DialectName;
  /** Default `reference`, which `uitars-reference` always has. */
  pace?: Pace | undefined;
}

export interface PredictedActions {
  /** In order: Python source for the guest, `WAIT`, or, as the last, `DONE` or `FAIL`, which end the episode. */
  actions: string[];
  /** -1 when the prediction could not be read; the actions are then `['DONE']`, as in the reference. */
  formatReward: 0 | -1;
  /** Why the format reward is -1: for logs, in one line. */
  problem?: string;
}

/** Never throws: the model can say anything. */
export function predictionToActions(prediction: string, options: PredictionOptions): PredictedActions {
  try {
    const dialect = DIALECTS[options.dialect ?? 'uitars'];
    return { actions: actionsOf(prediction, dialect, options), formatReward: 0 };
  } catch (error) {
    if (!isUnreadable(error)) throw error; // a defect of this folder, not of the prediction
    return { actions: ['DONE'], formatReward: -1, problem: error.message.slice(0, 300) };
  }
}

const DIALECTS: Readonly<Record<DialectName, Dialect>> = { uitars, 'uitars-reference': reference };

const SPECIAL: ReadonlyMap<string | null, string> = new Map([
  ['finished', 'DONE'],
  ['wait', 'WAIT'],
  ['error_env', 'FAIL'],
  ['call_user', 'FAIL'],
]);

/** Characters. The guest runs code as an argument of Python, and no program takes a longer one (MAX_ARG_STRLEN of Linux). */
const LONGEST = 131_072;

function actionsOf(prediction: string, dialect: Dialect, options: PredictionOptions): string[] {
  if (prediction.length > LONGEST)
    throw new UnreadablePrediction(
      `a prediction of ${prediction.length} characters, over the limit of ${LONGEST}`,
    );
  const model = modelFacts(options);
  const points = pointing(options.screen, model.coordinates);
  const requests = dialect.readCalls(prediction, model).map((call) => {
    const request = dialect.toRequest(call, points);
    return options.pace === 'quick' && dialect.mayHurry ? hurried(request) : request;
  });
  const generate = generator(dialect.docstring(thoughtOf(prediction)), points);
  const actions: string[] = [];
  let escapes = false;
  for (const request of requests) {
    const special = SPECIAL.get(request.name);
    if (special === undefined) {
      const code = generate(request);
      actions.push(code.source);
      escapes ||= code.escapes;
    } else if (!dialect.keepsActionsBeforeSpecial) {
      return [special];
    } else {
      actions.push(special);
      if (special !== 'WAIT') break;
    }
  }
  if (escapes) throw new UnreadablePrediction('text of the prediction would run as guest code: refused');
  return actions;
}
