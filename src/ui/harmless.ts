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
