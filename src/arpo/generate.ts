/** One action as the code that runs in the guest. The shape is the reference's, byte for byte; both dialects share it. */

import { isOneLiteral, mayCompile } from '../python/containment.js';
import type { ActionRequest, MouseButton, Scroll, Typing } from './dialect.js';
import { type Box, middle, type Pointing } from './screen.js';
import { UnreadablePrediction } from './unreadable.js';

export interface GeneratedCode {
  source: string;
  /** Model text closes its string early in a way that Python might accept: it would run as code. */
  escapes: boolean;
}

/**
 * What makes code of a prediction's requests, each with the same docstring. It throws UnreadablePrediction when a request lacks
 * what its action cannot do without.
 */
export function generator(docstring: string, pointing: Pointing): (request: ActionRequest) => GeneratedCode {
  const isDocstringWhole = isOneLiteral(docstring);
  let generated = 0;
  return (request) => {
    if (request.fault !== undefined) throw new UnreadablePrediction(request.fault);
    const source = `import pyautogui\nimport time\n${docstring}\n${statements(request, pointing)}`;
    generated += source.length;
    if (generated > MOST_CODE) throw new UnreadablePrediction('more code than any episode runs');
    const typed = request.typing?.parts.flatMap((part) => ('literal' in part ? [part.literal] : [])) ?? [];
    return { source, escapes: !(isDocstringWhole && typed.every(isOneLiteral)) && mayCompile(source) };
  };
}

/** Characters: the Thought stands in the code of each call. */
const MOST_CODE = 4_000_000;

/** Empty when the action has no effect, which in the reference is not an error: the step is spent. */
function statements(
  { name, isUnknown, start, end, keys = [], button = 'left', typing, scroll }: ActionRequest,
  pointing: Pointing,
): string {
  switch (isUnknown ? null : name) {
    case 'click':
    case 'left_single':
      return clickAt('click', 'left', required(start, name ?? ''), pointing);
    case 'left_double':
    case 'double_click':
      return clickAt('doubleClick', 'left', required(start, name ?? ''), pointing);
    case 'triple_click':
      return clickAt('tripleClick', 'left', required(start, name ?? ''), pointing);
    case 'right_single':
    case 'right_click':
      return clickAt('click', 'right', required(start, name ?? ''), pointing);
    case 'middle_click':
      return clickAt('click', 'middle', required(start, name ?? ''), pointing);
    case 'mouse_down':
      return holdButton('mouseDown', button, start && middle(start, pointing));
    case 'mouse_up':
      return holdButton('mouseUp', button, start && middle(start, pointing));
    case 'hover':
    case 'move_to':
      return moveTo(required(start, name ?? ''), pointing);
    case 'drag':
    case 'select':
      return start && end ? drag(start, end, pointing) : '';
    case 'scroll':
      return scrollAt(scroll, start && middle(start, pointing));
    case 'hotkey':
      return keys.length > 0 ? `\npyautogui.hotkey(${keys.join(', ')})` : '';
    case 'press':
      return press(keys);
    case 'keydown':
      return keys.map((key) => `\npyautogui.keyDown(${key})`).join('');
    case 'keyup':
    case 'release':
      return keys.map((key) => `\npyautogui.keyUp(${key})`).join('');
    case 'type':
      return typing ? type(typing) : '';
    default:
      return `\n# Unrecognized action type: ${name ?? 'None'}`;
  }
}

function required(box: Box | undefined, name: string): Box {
  if (box === undefined) throw new UnreadablePrediction(`${name} without start_box`);
  return box;
}

function clickAt(
  call: 'click' | 'doubleClick' | 'tripleClick',
  button: MouseButton,
  box: Box,
  pointing: Pointing,
): string {
  const { x, y } = middle(box, pointing);
  return `\npyautogui.${call}(${x}, ${y}, button='${button}')`;
}

/** Where the pointer is, when no place is given. */
function holdButton(
  call: 'mouseDown' | 'mouseUp',
  button: MouseButton,
  at: { x: string; y: string } | undefined,
): string {
  return `\npyautogui.${call}(${at ? `${at.x}, ${at.y}, ` : ''}button='${button}')`;
}

function moveTo(box: Box, pointing: Pointing): string {
  const { x, y } = middle(box, pointing);
  return `\npyautogui.moveTo(${x}, ${y})`;
}

function drag(from: Box, to: Box, pointing: Pointing): string {
  const { x, y } = middle(to, pointing);
  return `${moveTo(from, pointing)}\n\npyautogui.dragTo(${x}, ${y}, duration=1.0)\n`;
}

/** The point is read first: one that cannot be read is an error also without a direction. */
function scrollAt(scroll: Scroll | undefined, at: { x: string; y: string } | undefined): string {
  if (scroll === undefined) return '';
  const call = scroll.axis === 'vertical' ? 'scroll' : 'hscroll';
  return `\npyautogui.${call}(${scroll.clicks}${at ? `, x=${at.x}, y=${at.y}` : ''})`;
}

function press(keys: readonly string[]): string {
  if (keys.length === 0) throw new UnreadablePrediction('press without a key');
  return keys.length === 1 ? `\npyautogui.press(${keys[0]})` : `\npyautogui.hotkey(${keys.join(', ')})`;
}

function type({ parts, interval, submits, pauses }: Typing): string {
  const typed = parts.map((part) =>
    'literal' in part
      ? `\npyautogui.write(${part.literal}, interval=${interval})`
      : `\npyautogui.hotkey(${part.hotkey})`,
  );
  return `${typed.join('')}${pauses ? '\ntime.sleep(0.5)' : ''}\n${submits ? "\npyautogui.press('enter')" : ''}`;
}
