/** The actions that the dialect knows, and how a call of one begins. */

const ACTIONS =
  `click left_single left_double right_single hover drag select scroll hotkey press keydown keyup type
  double_click right_click middle_click triple_click mouse_down mouse_up move_to release
  wait finished error_env call_user`.split(/\s+/);

/** What other models, and UI-TARS' own programs, call the same. */
const OTHER_NAMES: ReadonlyMap<string, string> = new Map([
  ['left_click', 'click'],
  ['middle_single', 'middle_click'],
  ['mouse_move', 'move_to'],
  ['left_click_drag', 'drag'],
  // It is on.
  ['open_computer', 'wait'],
]);

/** The action of that name, in whatever case it is written; undefined when there is none. */
export function actionNamed(name: string): string | undefined {
  const lower = name.toLowerCase();
  return ACTIONS.includes(lower) ? lower : OTHER_NAMES.get(lower);
}

/** The beginning of a call, as the source of a pattern; a dotted prefix, as in `pyautogui.click(`, belongs to it. */
export const CALL_OPENING = `(?:\\w+\\.)*(?:${[...ACTIONS, ...OTHER_NAMES.keys()].join('|')})\\s*\\(`;
