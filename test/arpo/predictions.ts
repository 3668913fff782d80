/** What models might say, for property tests. */
import fc from 'fast-check';

const ACTION_NAMES =
  'click left_single left_double right_single hover drag select scroll hotkey press keydown keyup type wait finished error_env call_user zoom'.split(
    ' ',
  );
const FRAGMENTS = [
  ...ACTION_NAMES.map((name) => `${name}(`),
  'Thought: ',
  'Thought:',
  'Reflection: ',
  'Action_Summary: ',
  'Action:',
  'Action: ',
  '\nAction: ',
  "start_box='(10,20)'",
  "end_box='<|box_start|>(3,4)<|box_end|>'",
  "content='",
  'content="',
  "key='ctrl c'",
  "direction='up'",
  "type(content='",
  "')",
  '")',
  "'''",
  '"""',
  "\\'",
  '\\\\',
  '\\',
  '\\n',
  '\\x',
  '\\U0001F642',
  '\\N{BULLET}',
  '\n\n',
  '\r\n',
  '\0',
  '\ud800',
  '\u2028',
  '\ufeff',
  'import os\nos.system("id")\n',
  '__import__("os")',
  ' #',
  ', ',
  '=',
  ';',
  '(',
  ')',
  '[',
  '}',
  "f'",
  "b'",
  '<seed:tool_call>',
  '<function=type>',
  '<function name="click">',
  '<parameter=content>',
  "<parameter name='point'>",
  '<text_never_used_1>',
  '</text_never_used_1>',
  '<point>1 2</point>',
  '</parameter>',
  '</function>',
  '</think>',
  '<answer>',
  '</answer>',
];

/** Anything: pieces of the action language, of Python and of nothing, in any order. */
export const hostilePrediction = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...FRAGMENTS) },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
    ),
    { maxLength: 30 },
  )
  .map((pieces) => pieces.join(''));

const coordinate = fc
  .tuple(fc.integer({ min: 0, max: 1932 }), fc.integer({ min: 0, max: 1092 }))
  .map(([x, y]) => `(${x},${y})`);
const plainText = fc.stringMatching(
  /^[A-Za-z0-9.,:;!?@%&*/+=_>()[\]{}-][A-Za-z0-9 .,:;!?@%&*/+=_>()[\]{}-]{0,40}$/,
);
const keys = fc.constantFrom(
  'enter',
  'ctrl c',
  'ctrl shift t',
  'alt f4',
  'arrowleft',
  'pagedown',
  'f5',
  'ctrl space',
  'Tab',
);

const call = fc.oneof(
  fc
    .tuple(fc.constantFrom('click', 'left_single', 'left_double', 'right_single', 'hover'), coordinate)
    .map(([name, at]) => `${name}(start_box='${at}')`),
  fc.tuple(coordinate, coordinate).map(([from, to]) => `drag(start_box='${from}', end_box='${to}')`),
  fc
    .tuple(coordinate, fc.constantFrom('up', 'down'))
    .map(([at, direction]) => `scroll(start_box='${at}', direction='${direction}')`),
  keys.map((key) => `hotkey(key='${key}')`),
  fc.constantFrom('ctrl', 'shift').map((key) => `keydown(key='${key}')`),
  fc.tuple(plainText, fc.constantFrom('', '\\n')).map(([text, end]) => `type(content='${text}${end}')`),
);
const specialCall = fc.constantFrom(
  'wait()',
  "finished(content='done')",
  'finished()',
  'call_user()',
  'error_env()',
);

/** What the prompt asks for: the reference handles it well. */
export const wellFormedPrediction = fc
  .tuple(
    plainText,
    fc.oneof(
      fc.array(call, { minLength: 1, maxLength: 4 }).map((calls) => calls.join('\n\n')),
      specialCall,
    ),
  )
  .map(([thought, action]) => `Thought: ${thought}\nAction: ${action}`);
