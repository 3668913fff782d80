/** The Thought that a prediction opens with, found as the reference finds it: it goes into the generated code. */
import { strip } from '../python/text.js';

export const ACTION_LABEL = 'Action:';

/**
 * The text after `Thought: ` and before `Action:`; null when there is none. A prediction that begins with another
 * label gives that one's text (env-protocol.md §9). The reference's regular expression is quadratic in blanks, this
 * is not.
 */
export function thoughtOf(prediction: string): string | null {
  const text = strip(prediction);
  if (text.startsWith('Reflection:')) {
    const reflection = after(text, 'Reflection: ', 0);
    // The reflection has at least one character.
    return reflection < 0 ? null : upToAction(text, after(text, SUMMARY, reflection + 1));
  }
  return upToAction(text, after(text, text.startsWith('Action_Summary:') ? SUMMARY : 'Thought: ', 0));
}

const SUMMARY = 'Action_Summary: ';

function after(text: string, label: string, from: number): number {
  const at = text.indexOf(label, from);
  return at < 0 ? -1 : at + label.length;
}

function upToAction(text: string, start: number): string | null {
  if (start < 0) return null;
  const end = text.indexOf(ACTION_LABEL, start + 1);
  return strip(end < 0 ? text.slice(start) : text.slice(start, end));
}
