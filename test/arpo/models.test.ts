/** How models that came after the reference's point and act: what the config says of the model decides. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelFacts } from '../../src/arpo/models.js';
import { type PredictionOptions, predictionToActions } from '../../src/arpo/prediction.js';

const screen = { width: 1920, height: 1080 };

/** What is done, without what comes before it in every action. */
function done(call: string, options: Partial<PredictionOptions> = {}): string[] {
  const { actions, problem } = predictionToActions(`Thought: so\nAction: ${call}`, { screen, ...options });
  return problem === undefined ? actions.map(statements) : [problem];
}

function statements(action: string): string {
  return action.replace(/^import pyautogui\nimport time\n'''[\s\S]*?'''\n+/, '').trim();
}

describe('coordinates', () => {
  it.each([
    ['ui-tars-1.0', 'pyautogui.click(451.0, 553.0'],
    ['doubao-1.5-ui-tars', 'pyautogui.click(451.0, 553.0'],
    ['ui-tars-2', 'pyautogui.click(451.0, 553.0'],
    ['ui-tars-1.5', 'pyautogui.click(233.54, 506.374'],
    [undefined, 'pyautogui.click(233.54, 506.374'],
  ] as const)('of %s', (model, click) => {
    for (const box of ["start_box='(235,512)'", "point='<point>235 512</point>'"]) {
      expect(done(`click(${box})`, { model })).toEqual([`${click}, button='left')`]);
    }
  });

  it('are what the config says, whatever the model', () => {
    expect(modelFacts({ model: 'ui-tars-1.5', coordinates: 'relative' }).coordinates).toBe('relative');
    expect(modelFacts({ model: 'ui-tars-2', coordinates: 'absolute' }).coordinates).toBe('absolute');
    expect(done("click(start_box='(1000,0)')", { coordinates: 'relative' })).toEqual([
      "pyautogui.click(1920.0, 0.0, button='left')",
    ]);
  });

  it('are never guessed from what a model says', () => {
    const small = done("click(start_box='(10,10)')", { model: 'ui-tars-1.5' });
    expect(small).toEqual(["pyautogui.click(9.938, 9.89, button='left')"]);
  });
});

describe('the actions of newer models', () => {
  const at = "point='<point>500 500</point>'";
  it.each([
    [`double_click(${at})`, "pyautogui.doubleClick(960.0, 540.0, button='left')"],
    [`triple_click(${at})`, "pyautogui.tripleClick(960.0, 540.0, button='left')"],
    [`right_click(${at})`, "pyautogui.click(960.0, 540.0, button='right')"],
    [`middle_click(${at})`, "pyautogui.click(960.0, 540.0, button='middle')"],
    [`move_to(${at})`, 'pyautogui.moveTo(960.0, 540.0)'],
    [`mouse_down(${at})`, "pyautogui.mouseDown(960.0, 540.0, button='left')"],
    [`mouse_down(${at}, button='right')`, "pyautogui.mouseDown(960.0, 540.0, button='right')"],
    ['mouse_up()', "pyautogui.mouseUp(button='left')"],
    [`mouse_up(${at})`, "pyautogui.mouseUp(960.0, 540.0, button='left')"],
    ["press(key='enter')", "pyautogui.press('enter')"],
    ["release(key='shift')", "pyautogui.keyUp('shift')"],
  ])('%s', (call, code) => {
    expect(done(call, { coordinates: 'relative' })).toEqual([code]);
  });

  it('a button that no mouse has is an error', () => {
    expect(done("mouse_down(button='thumb')")).toEqual([
      'a mouse button that is none of left, middle and right',
    ]);
  });

  it('a key that is let go later was held until then', () => {
    const held = "press(key='ctrl')\nclick(start_box='(0,0)')\nrelease(key='ctrl')\npress(key='a')";
    expect(done(held)).toEqual([
      "pyautogui.keyDown('ctrl')",
      "pyautogui.click(0.0, 0.0, button='left')",
      "pyautogui.keyUp('ctrl')",
      "pyautogui.press('a')",
    ]);
    expect(done("press(key='ctrl')", { model: 'ui-tars-2' })).toEqual(["pyautogui.keyDown('ctrl')"]);
  });

  it.each([
    ["left_click(point='<point>500 500</point>')", "pyautogui.click(960.0, 540.0, button='left')"],
    ["mouse_move(start_coordinate='(500, 500)')", 'pyautogui.moveTo(960.0, 540.0)'],
    ["middle_single(start_box='(0,0)')", "pyautogui.click(0.0, 0.0, button='middle')"],
    ["hotkey(key='ctrl page down')", "pyautogui.hotkey('ctrl', 'pagedown')"],
    ["hotkey(key='left arrow')", "pyautogui.hotkey('left')"],
    ["press(key='caps lock')", "pyautogui.press('capslock')"],
  ])('under another name: %s', (call, code) => {
    expect(done(call, { coordinates: 'relative' })).toEqual([code]);
  });

  it('the reference knows none of them', () => {
    expect(done("double_click(start_box='(0,0)')", { dialect: 'uitars-reference' })).toEqual([
      '# Unrecognized action type: double_click',
    ]);
  });
});

it('each is a row of deviations.md', () => {
  const page = readFileSync(new URL('../../src/arpo/deviations.md', import.meta.url), 'utf8');
  const [, section = ''] = page.split('## Newer models');
  const rows = (section.split('\n## ')[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  const named = rows.map((row) => row.split(' | ')[0] ?? '').join(' ');
  for (const action of 'double_click triple_click right_click middle_click mouse_down mouse_up move_to release press'.split(
    ' ',
  ))
    expect(named).toContain(`\`${action}\``);
  for (const model of ['ui-tars-1.0', 'doubao-1.5-ui-tars', 'ui-tars-2']) expect(named).toContain(model);
});

describe('the XML calls of UI-TARS 2', () => {
  const hash = '51bce0c785ca2f68081bfa7d91973934';
  const call = (name: string, ...parameters: [string, string][]) => [
    `<function=${name}>\n${parameters.map(([key, value]) => `<parameter=${key}>${value}</parameter>`).join('\n')}\n</function>`,
    `<function_never_used_${hash}=${name}>\n${parameters
      .map(([key, value]) => `<parameter_never_used_${hash}=${key}>${value}</parameter_never_used_${hash}>`)
      .join('\n')}\n</function_never_used_${hash}>`,
    `<function name="${name}">\n${parameters
      .map(([key, value]) => `<parameter name="${key}" string="true">${value}</parameter>`)
      .join('\n')}\n</function>`,
  ];
  const said = (text: string) => {
    const { actions, problem } = predictionToActions(text, { screen, model: 'ui-tars-2' });
    return problem === undefined ? actions.map(statements) : [problem];
  };

  it.each([
    [call('click', ['point', '<point>235 512</point>']), ["pyautogui.click(451.0, 553.0, button='left')"]],
    [
      call('drag', ['start_point', '<point>0 0</point>'], ['end_point', '<point>500 500</point>']),
      ['pyautogui.moveTo(0.0, 0.0)\n\npyautogui.dragTo(960.0, 540.0, duration=1.0)'],
    ],
    [
      call('scroll', ['point', '<point>500 500</point>'], ['direction', 'down']),
      ['pyautogui.scroll(-5, x=960.0, y=540.0)'],
    ],
    [call('hotkey', ['key', 'ctrl c']), ["pyautogui.hotkey('ctrl', 'c')"]],
    [
      call('type', ['content', "it's <b>\n"]),
      [
        "pyautogui.write('it\\'s ', interval=0.1)\npyautogui.hotkey('shift', ',')\npyautogui.write('b>', interval=0.1)\ntime.sleep(0.5)\n\npyautogui.press('enter')",
      ],
    ],
    [call('finished', ['content', 'done']), ['DONE']],
    [call('wait'), ['WAIT']],
  ])('%j', (spellings, actions) => {
    for (const spelling of spellings) expect(said(`I think.\n${spelling}`)).toEqual(actions);
  });

  it('several, and none of what was thought of', () => {
    const [click = ''] = call('click', ['point', '<point>0 0</point>']);
    const [press = ''] = call('press', ['key', 'shift']);
    expect(said(`<think>${press}</think>${click}${press}`)).toEqual([
      "pyautogui.click(0.0, 0.0, button='left')",
      "pyautogui.keyDown('shift')",
    ]);
  });

  it('one that does not end is an error', () => {
    expect(said('<function=click><parameter=point><point>0 0</point>')).toEqual([
      'a <parameter> that does not end',
    ]);
    expect(said('<function=click><parameter=point><point>0 0</point></parameter>')).toEqual([
      'a <function> that does not end',
    ]);
  });

  it.each([
    [
      "<function name='scroll'>\n<parameter name='direction'>up</parameter>\n<parameter name='point'>500 500</parameter>\n</function>",
      ['pyautogui.scroll(5, x=960.0, y=540.0)'],
    ],
    // The end of a call is misspelt, or the call stands in itself.
    [
      `${'<function=click><parameter=point><point>0 0</point></parameter></functi>'}${call('wait')[0]}`,
      ["pyautogui.click(0.0, 0.0, button='left')", 'WAIT'],
    ],
    [
      '<function=click><parameter=point><function name="click">\n<parameter name="point"><point>500 500</point></parameter>\n</function></parameter></function>',
      ["pyautogui.click(960.0, 540.0, button='left')"],
    ],
    // Where they begin and end a value, line ends are not part of it.
    [
      '<function=type>\n<parameter=content>\none\ntwo\n</parameter>\n</function>',
      ["pyautogui.write('one\\ntwo', interval=0.1)\ntime.sleep(0.5)"],
    ],
    [
      `<function=type><parameter=content><text_never_used_${hash}>a>b</text_never_used_${hash}></parameter></function>`,
      ["pyautogui.write('a>b', interval=0.1)\ntime.sleep(0.5)"],
    ],
    [
      '<function=type><parameter=content>def </function> end</parameter></function>',
      [
        "pyautogui.write('def ', interval=0.1)\npyautogui.hotkey('shift', ',')\npyautogui.write('/function> end', interval=0.1)\ntime.sleep(0.5)",
      ],
    ],
    [`<gui_think>${call('wait')[0]}</gui_think>${call('finished')[0]}`, ['DONE']],
    ['<think>x</think>\n<computer_env>\nAction: wait()\n</computer_env>', ['WAIT']],
    [
      `Action: type(content='<function name="main">')`,
      [
        "pyautogui.hotkey('shift', ',')\npyautogui.write('function name=\"main\">', interval=0.1)\ntime.sleep(0.5)",
      ],
    ],
    [
      '<think>x</think><function=type><parameter=content>a</think>b</parameter></function>',
      [
        "pyautogui.write('a', interval=0.1)\npyautogui.hotkey('shift', ',')\npyautogui.write('/think>b', interval=0.1)\ntime.sleep(0.5)",
      ],
    ],
    [`Thought: click(\nAction: <seed:tool_call>${call('wait')[0]}</seed:tool_call>`, ['WAIT']],
    ['<computer_env>\nAction: open_computer()\n</computer_env>', ['WAIT']],
    [
      "<computer_env>\nAction: navigate(content='x.org')\n</computer_env>",
      ['# Unrecognized action type: navigate'],
    ],
    [
      '<function=left_click><parameter=position>500 500</parameter></function>',
      ["pyautogui.click(960.0, 540.0, button='left')"],
    ],
  ])('%j', (text, actions) => {
    expect(said(text)).toEqual(actions);
  });

  it('an answer in words ends the task; anything else that is no call is an error', () => {
    expect(said('<think>It is 2.</think>\n<answer>\n1+1 is 2.\n</answer>')).toEqual(['DONE']);
    expect(said('<thinkt>It is 2.</thinkt> 1+1 is 2.')).toEqual(['DONE']);
    const noAction = ['no "Action:" in the prediction'];
    expect(said('1+1 is 2.')).toEqual(noAction);
    expect(said('<think>hm</think>\n')).toEqual(noAction);
    expect(said('<think>hm</think><seed:tool_call>\n</seed:tool_call>')).toEqual(noAction);
    const { problem } = predictionToActions('<think>It is 2.</think> 1+1 is 2.', { screen });
    expect([problem]).toEqual(noAction);
  });
});
