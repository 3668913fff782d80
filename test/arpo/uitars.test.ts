/** What the dialect `uitars` does beyond the vectors. */
import { describe, expect, it } from 'vitest';
import { predictionToActions } from '../../src/arpo/prediction.js';

const screen = { width: 1932, height: 1092 };

/** The statements of each action, or the problem. */
function act(prediction: string): string[] | string {
  const { actions, problem } = predictionToActions(prediction, { screen });
  return problem ?? actions.map((action) => action.split("'''\n").at(-1)?.trim() ?? '');
}

function typed(content: string): string[] | string {
  const result = act(`Action: type(content=${content})`);
  return typeof result === 'string' ? result : result.map((code) => code.replace('\ntime.sleep(0.5)', ''));
}

const CLICK = "pyautogui.click(1.0, 2.0, button='left')";

describe('labels', () => {
  it.each([
    [
      'a call that the Thought quotes',
      "Thought: after Action: click(start_box='(1,2)') I wait.\nAction: wait()",
      ['WAIT'],
    ],
    [
      'the same, directly before the label',
      "Thought: after Action: click(start_box='(1,2)')\nAction: wait()",
      ['WAIT'],
    ],
    [
      'a call and words on lines of their own',
      "Thought: I did\nAction: click(start_box='(1,2)')\nand\nAction: wait()",
      ['WAIT'],
    ],
    ['an unreadable call before a later label', "Action: type(content='a\nAction: wait()", ['WAIT']],
    ['two labels within a line', "Thought: a. Action: click(start_box='(1,2)') Action: wait()", ['WAIT']],
    ['one label within a line', "Thought: a. Action: click(start_box='(1,2)')", [CLICK]],
    ['words before the call, on the line before', "Action: I click.\nclick(start_box='(1,2)')", [CLICK]],
    ['a quoted label', '> Action: wait()', ['WAIT']],
  ])('%s', (_, prediction, expected) => {
    expect(act(prediction)).toEqual(expected);
  });

  it('belong to the format', () => {
    expect(act('wait()')).toBe('no "Action:" in the prediction');
    expect(act('action: wait()')).toBe('no "Action:" in the prediction');
  });
});

describe('special actions', () => {
  it.each([
    ['nothing follows DONE', "Action: finished()\n\nclick(start_box='(1,2)')", ['DONE']],
    ['several waits', "Action: wait()\nwait()\nclick(start_box='(1,2)')", ['WAIT', 'WAIT', CLICK]],
    ['arguments do not matter', 'Action: wait(seconds=5)', ['WAIT']],
  ])('%s', (_, prediction, expected) => {
    expect(act(prediction)).toEqual(expected);
  });
});

describe('typed text', () => {
  it.each([
    [
      'bare quotes on several lines',
      "'print('a')\nprint('b')'",
      [`pyautogui.write("print('a')\\nprint('b')", interval=0.1)`],
    ],
    [
      'a bare quote, then a note',
      "'it's here')\n\nThis types it.",
      ["pyautogui.write('it\\'s here', interval=0.1)"],
    ],
    ['a bare quote, then a call', "'it's')\nwait(", ["pyautogui.write('it\\'s', interval=0.1)", 'WAIT']],
    [
      'text that looks like a call',
      "'then click(start_box=\\'(1,2)\\')'",
      ["pyautogui.write('then click(start_box=\\'(1,2)\\')', interval=0.1)"],
    ],
    ['a raw string', "r'C:\\new'", ["pyautogui.write('C:\\\\new', interval=0.1)"]],
    ['half a character', "'a\ud800'", ["pyautogui.write('a\\ud800', interval=0.1)"]],
    ['only <', "'<'", ["pyautogui.hotkey('shift', ',')"]],
    [
      'six hundred characters',
      `'${'x'.repeat(600)}'`,
      [`pyautogui.write('${'x'.repeat(600)}', interval=0.1)`],
    ],
    ['one more', `'${'x'.repeat(601)}'`, [`pyautogui.write('${'x'.repeat(601)}', interval=0.099)`]],
    [
      'a hundred thousand',
      `'${'x'.repeat(100_000)}'`,
      [`pyautogui.write('${'x'.repeat(100_000)}', interval=0.0)`],
    ],
  ])('%s', (_, content, expected) => {
    expect(typed(content)).toEqual(expected);
  });

  it('is typed faster when pyautogui also pauses for each <', () => {
    expect(typed(`'${'a<'.repeat(200)}'`)[0]).toContain("write('a', interval=0.05)");
  });

  it('needs an end', () => {
    expect(typed("'abc")).toBe("a text that opens with ' never closes");
  });
});

describe('keys', () => {
  it.each([
    ["key='ctrl C'", "hotkey('ctrl', 'c')"],
    ["key='C'", "hotkey('C')"],
    ["key='ctrl++'", "hotkey('ctrl', '+')"],
    ["key='ctrl-left'", "hotkey('ctrl', 'left')"],
    ["key='page-down'", "hotkey('page-down')".replace('page-down', 'pagedown')],
    ["key='Control+Shift+Esc'", "hotkey('ctrl', 'Shift', 'Esc')"],
    ["key='ctrl nonsense'", "hotkey('ctrl', 'nonsense')"],
    ["'ctrl', 'c'", "hotkey('ctrl', 'c')"],
    ["key='shift <'", "hotkey('shift', 'shift', ',')"],
  ])('hotkey(%s)', (args, expected) => {
    expect(act(`Action: hotkey(${args})`)).toEqual([`pyautogui.${expected}`]);
  });

  it.each([
    ["press(key='ctrl s')", "pyautogui.hotkey('ctrl', 's')"],
    ["keydown(key='ctrl shift')", "pyautogui.keyDown('ctrl')\npyautogui.keyDown('shift')"],
    ["keyup(key='arrowup')", "pyautogui.keyUp('up')"],
  ])('%s', (call, expected) => {
    expect(act(`Action: ${call}`)).toEqual([expected]);
  });

  it('of press must be there', () => {
    expect(act("Action: press(key='')")).toBe('press without a key');
    expect(act('Action: hotkey(key=5)')).toBe('a key that is not a string: 5');
  });
});

describe('points', () => {
  it.each([
    ["click(start_box='<|box_start|>(1,2)<|box_end|>')"],
    ["click(point='<point>1 2</point>')"],
    ['click((1, 2))'],
    ['click([1, 2])'],
    ["pyautogui.click(start_box='(1,2)', clicks=2)"],
  ])('%s', (call) => {
    expect(act(`Action: ${call}`)).toEqual([CLICK]);
  });

  it.each([
    ["click(start_box='(x1,y1)')", '"x1" is not a coordinate'],
    ["click(start_box='(1,2,3)')", 'a box of 3 numbers; it takes two or four'],
    ["click(start_box='(inf,2)')", 'a coordinate that is not finite'],
    ['click(start_box=f(x))', 'a call where a value should stand'],
    ['click()', 'click without start_box'],
    ["scroll(start_box='(1,2)', direction=1)", 'direction is not a string'],
  ])('%s', (call, problem) => {
    expect(act(`Action: ${call}`)).toBe(problem);
  });
});

describe('the Thought', () => {
  it('is a note that Python accepts, whatever it says', () => {
    const { actions } = predictionToActions("Thought: it's C:\\Users '''\nAction: click(start_box='(1,2)')", {
      screen,
    });
    expect(actions).toEqual([
      `import pyautogui\nimport time\n'''\nObservation:\n\n\nThought:\nit\\'s C:\\\\Users \\'\\'\\'\n'''\n\n${CLICK}`,
    ]);
  });
});
