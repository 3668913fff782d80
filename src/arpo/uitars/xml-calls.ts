/**
 * The calls of UI-TARS 2, which are tags: `<function=click><parameter=point><point>1 2</point></parameter></function>`. Its
 * versions write them in three ways, and each of them is read: with a name after `=`, in quotes after `name=`, or with
 * `_never_used_` and a hash behind `function` and `parameter`. Linear in the prediction.
 */
import type { Call, Value } from '../../python/call.js';
import { UnreadablePrediction } from '../unreadable.js';

/** Null when there is no such call. Throws UnreadablePrediction for one that does not end. */
export function readXmlCalls(prediction: string): Call[] | null {
  const said = prediction.slice(afterThought(prediction));
  const calls = [...elements(said, 'function')].map(({ name, body }): Call => {
    const parameters = [...elements(body, 'parameter')];
    const args = new Map(
      parameters.map((one): [string, Value] => [one.name, { kind: 'text', text: one.body }]),
    );
    return { name, args, positional: [] };
  });
  return calls.length > 0 ? calls : null;
}

/** Some say what they think between tags, calls that they consider among it. */
function afterThought(prediction: string): number {
  return Math.max(0, prediction.lastIndexOf('</think'));
}

const OPENINGS = {
  function: /<function(?:_never_used_\w+)?(?:=| +name=")([\w.]+)"?>/g,
  parameter: /<parameter(?:_never_used_\w+)?(?:=| +name=")([\w.]+)"?(?: +string="\w+")?>/g,
};

function* elements(text: string, kind: keyof typeof OPENINGS): Generator<{ name: string; body: string }> {
  const opening = new RegExp(OPENINGS[kind]);
  for (let match = opening.exec(text); match; match = opening.exec(text)) {
    const start = opening.lastIndex;
    const end = text.indexOf(`</${kind}`, start);
    if (end < 0) throw new UnreadablePrediction(`a <${kind}> that does not end`);
    yield { name: match[1] ?? '', body: text.slice(start, end) };
    opening.lastIndex = end;
  }
}
