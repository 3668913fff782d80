/** What a terminal may be shown of texts that models, guests and clusters had a hand in. */

/** The colours and weights that we set ourselves; among those that we don't is the one that hides text. */
const OWN_STYLE = String.raw`\x1b\[(?:0|[1-4]|2[2-4]|3\d|9\d)m`;
/** Also the characters that turn the direction of writing around: with them a line reads otherwise than it is. */
const STEERING = new RegExp(
  `(${OWN_STYLE}|[\\n\\t])|[\\p{Cc}\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]`,
  'gu',
);

/** Without what steers a terminal, but for line ends, tabs and colours. */
export function harmless(text: string): string {
  return text.replace(STEERING, (_match, kept: string | undefined) => kept ?? '');
}

/** The same on one line: a name with a line end in it would make a second one, that says what it likes. */
export function oneLine(text: string): string {
  return harmless(text).replace(/\s*\n\s*/g, ' ');
}

/** The same with every line but the first set in, unless it is, so that none passes for one of ours. */
export function setIn(text: string): string {
  return harmless(text).replace(/\n(?=\S)/g, '\n  ');
}

/** What JSON leaves as it is and a terminal that shows the document obeys. */
const STEERING_IN_JSON = /[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** The same JSON document, with escapes for what would steer a terminal. */
export function harmlessJson(json: string): string {
  return json.replace(STEERING_IN_JSON, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
