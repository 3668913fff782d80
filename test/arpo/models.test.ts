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
      'a <function> that does not end',
    ]);
  });
});
