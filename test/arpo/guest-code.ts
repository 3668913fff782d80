/** An independent reading of generated code: does it consist of what actions may do, and nothing else? */

const NUMBER = String.raw`-?\d+(?:\.\d+)?(?:e[+-]\d+)?`;
const STRING = String.raw`(?:'(?:[^'\\\n\r]|\\[^\n\r])*'|"(?:[^"\\\n\r]|\\[^\n\r])*")`;
const BYTES = `b?${STRING}`;
const POINT = `${NUMBER}, ${NUMBER}`;

const STATEMENTS = [
  String.raw`pyautogui\.(?:click|doubleClick)\(${POINT}, button='(?:left|right)'\)`,
  String.raw`pyautogui\.moveTo\(${POINT}\)`,
  String.raw`pyautogui\.dragTo\(${POINT}, duration=1\.0\)`,
  String.raw`pyautogui\.h?scroll\(-?5(?:, x=${NUMBER}, y=${NUMBER})?\)`,
  String.raw`pyautogui\.hotkey\(${BYTES}(?:, ${BYTES})*\)`,
  String.raw`pyautogui\.(?:press|keyDown|keyUp)\(${BYTES}\)`,
  String.raw`pyautogui\.write\(${STRING}, interval=${NUMBER}\)`,
  String.raw`time\.sleep\(0\.5\)`,
  String.raw`# Unrecognized action type: [\p{XID_Continue}]+`,
];
const STATEMENT = new RegExp(`^(?:${STATEMENTS.join('|')})$`, 'u');
const OPENING = "import pyautogui\nimport time\n'''\nObservation:\n\n\nThought:\n";

/** What in `code` no action may do; undefined when there is nothing. A special action is not code. */
export function findForeignCode(code: string): string | undefined {
  if (['DONE', 'WAIT', 'FAIL'].includes(code)) return undefined;
  if (!code.startsWith(OPENING)) return code.slice(0, 80);
  const close = /(?<!\\)(?:\\[\s\S])*'''/.exec(code.slice(OPENING.length));
  if (close === null) return 'the Thought never closes';
  const statements = code.slice(OPENING.length + close.index + close[0].length).split('\n');
  return statements.find((line) => line !== '' && !STATEMENT.test(line));
}
