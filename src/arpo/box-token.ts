/** The history shows a model its own words with the box tokens that decoding took away. */
import { strip } from '../python/text.js';

const LABEL = 'Action: ';
const BOX = /(start_box|end_box)='\((\p{Nd}+),(\p{Nd}+)\)'/gu;

/**
 * The text of the assistant message for a prediction: `'(x,y)'` of a box becomes
 * `'<|box_start|>(x,y)<|box_end|>'`, and what follows each `Action: ` is parted by a blank line.
 */
export function addBoxToken(text: string): string {
  if (!text.includes(LABEL) || !text.includes('start_box=')) return text;
  const [before = '', ...actions] = text.split(LABEL);
  const withTokens = actions.map((action) =>
    strip(action).replace(BOX, "$1='<|box_start|>($2,$3)<|box_end|>'"),
  );
  return before + LABEL + withTokens.join('\n\n');
}
