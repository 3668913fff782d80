/** The texts of Chromium's user interface as Google Chrome has them: window titles, tooltips, what a screen reader says. */

const COPYRIGHT = 'The Chromium Authors';
/** The project itself, in both products: `Chrome is made possible by the Chromium open source project`. */
const PROJECT = /\bChromium(?=(?:<\/a>)? open source project|OS\b)/g;
/** Stands for the project while the product is renamed. */
const KEPT = '\u0000';
/**
 * Where Google Chrome has its whole name, not the short one: alone (also the name of the application in the accessibility
 * tree), at the end of a window's title, and on the button of the main menu.
 */
const WHOLE_NAME = /^Chromium$|(?<= - )Chromium\b|(?<=\bcontrol )Chromium\b/g;
const SHORT_NAME = /\bChromium\b/g;

export function asGoogleChrome(text: string): string {
  if (!text.includes('Chromium')) return text;
  return text
    .replaceAll(COPYRIGHT, 'Google LLC')
    .replace(PROJECT, KEPT)
    .replace(WHOLE_NAME, 'Google Chrome')
    .replace(SHORT_NAME, 'Chrome')
    .replaceAll(KEPT, 'Chromium');
}
