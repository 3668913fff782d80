/** The scripted agent of the demo: what a UI-TARS model would say, step by step, to write and save a note. */
import { type Task, taskSchema } from '../desktop/task.js';
import { ArpoEnvError } from '../errors.js';
import { DESKTOP_FOLDER, desktopIconCentre } from '../guest/practice/index.js';

/** Pixels. */
interface Size {
  width: number;
  height: number;
}

const SENTENCE = 'Desktops here, GPUs there, one tunnel between.';
const NOTE = `${DESKTOP_FOLDER}/note.txt`;
/** Of the note's icon on the practice desktop, where it is from the start. */
const NOTE_POSITION = 0;
/** open, at least one piece of typing, save, finished */
const FEWEST_STEPS = 4;

export interface DemoScript {
  task: Task;
  /** One model answer per step. */
  predictions: string[];
}

export interface ScriptOptions {
  screen: Size;
  /** How many model answers: the sentence is typed in `steps - 3` pieces. */
  steps: number;
  maxSteps: number;
  /** The practice desktop has icons; on any other the task's setup opens the note, in the middle of the screen. */
  hasIcons: boolean;
}

/** Throws E_USAGE when `steps` is outside 4…maxSteps. */
export function demoScript({ screen, steps, maxSteps, hasIcons }: ScriptOptions): DemoScript {
  const words = SENTENCE.split(' ');
  const most = Math.min(maxSteps, words.length + FEWEST_STEPS - 1);
  if (!Number.isInteger(steps) || steps < FEWEST_STEPS || steps > most) {
    throw new ArpoEnvError({
      code: 'E_USAGE',
      message: `--steps ${Number.isNaN(steps) ? 'is not a number' : steps}: the demo's episode has ${FEWEST_STEPS} to ${most} steps`,
      fix: `arpo-env demo --steps ${FEWEST_STEPS + 2}`,
    });
  }
  const pieces = split(words, steps - FEWEST_STEPS + 1);
  return {
    task: demoTask(hasIcons),
    predictions: [
      hasIcons
        ? say(
            'note.txt is on the desktop; I will open it in the text editor.',
            `left_double(start_box='${modelPoint(desktopIconCentre(NOTE_POSITION, screen), screen)}')`,
          )
        : say(
            'note.txt is open in the text editor; I will click into it.',
            `click(start_box='${modelPoint({ x: screen.width / 2, y: screen.height / 2 }, screen)}')`,
          ),
      ...pieces.map((piece, index) =>
        say(
          index === 0 ? 'The editor has the focus; I will type the sentence.' : 'I will go on typing.',
          `type(content='${piece}')`,
        ),
      ),
      say('The sentence is complete; I will save the file.', "hotkey(key='ctrl s')"),
      say('The note is saved.', 'finished()'),
    ],
  };
}

/** The default number of steps: short enough to watch, long enough to be cut in the middle by `--drop`. */
export const DEFAULT_STEPS = 6;

function demoTask(hasIcons: boolean): Task {
  const open = [
    { type: 'execute', parameters: { command: ['touch', NOTE] } },
    { type: 'open', parameters: { path: NOTE } },
  ];
  return taskSchema.parse({
    id: 'arpo-env-demo',
    instruction: `${hasIcons ? 'Open note.txt in the text editor, write' : 'Write into note.txt'} "${SENTENCE}" and save it.`,
    config: hasIcons ? [] : open,
    evaluator: {
      func: 'compare_config',
      result: { type: 'vm_file', path: NOTE, dest: 'saved.txt' },
      expected: { type: 'rule', rules: { expected: SENTENCE } },
    },
  });
}

function say(thought: string, action: string): string {
  return `Thought: ${thought}\nAction: ${action}`;
}

/** UI-TARS speaks in pixels of the screen resized to multiples of 28 (env-protocol.md §9). */
function modelPoint({ x, y }: { x: number; y: number }, screen: Size): string {
  const scale = (value: number, size: number) => Math.round((value / size) * Math.round(size / 28) * 28);
  return `(${scale(x, screen.width)},${scale(y, screen.height)})`;
}

/** Leading blanks of typed text are lost in the reference dialect, so each piece but the last ends in one. */
function split(words: readonly string[], count: number): string[] {
  const size = Math.ceil(words.length / count);
  const pieces: string[] = [];
  for (let start = 0, left = count; left > 0; left -= 1) {
    const take = Math.min(size, words.length - start - (left - 1));
    pieces.push(words.slice(start, start + take).join(' '));
    start += take;
  }
  return pieces.map((piece, index) => (index < pieces.length - 1 ? `${piece} ` : piece));
}
