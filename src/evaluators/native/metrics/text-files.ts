/** Metrics on text files. */

import { stat } from 'node:fs/promises';
import { splitBlanks, splitLines, strip, stripEnd } from '../../../python/text.js';
import { similarityRatio } from '../../python/difflib.js';
import { orElse } from '../../python/errors.js';
import { PythonRegex } from '../../python/regex.js';
import { expandTabs, fileLines, readText } from '../../python/text.js';
import { contains, equals, float, get, int, isTrue, item, iterate } from '../../python/values.js';
import type { Metric } from './metric.js';

/** Equal text; options: `ignore_blanks` (any run of white space is one blank), `ignore_case`. */
export const compareTextFile: Metric = async (actual, expected, options) => {
  if (!isTrue(actual)) return 0;
  const normalize = (content: string): string => {
    const spaced = isTrue(get(options, 'ignore_blanks', false)) ? splitBlanks(content).join(' ') : content;
    return isTrue(get(options, 'ignore_case', false)) ? spaced.toLowerCase() : spaced;
  };
  return normalize(await readText(actual)) === normalize(await readText(expected));
};

/** Similarity of the lines, between 0 and 1. */
export const diffTextFile: Metric = async (result, expected) => {
  if (result === null || result === undefined) return 0;
  return similarityRatio(splitLines(await readText(result)), splitLines(await readText(expected)));
};

/** The whole text of the file is `expected`. */
export const compareConfig: Metric = async (actual, rules) => {
  if (!isTrue(actual)) return 0;
  return equals(await readText(actual), item(rules, 'expected'));
};

export const compareAnswer: Metric = (actual, rules) =>
  isTrue(actual) && equals(actual, item(rules, 'expected'));

/** Every string of `expected` occurs; the reference makes any failure, also of the rules, a 0. */
export const fileContains: Metric = async (path, rules) => {
  if (!isTrue(path)) return 0;
  return orElse(0, async () => {
    const content = await readText(path);
    return iterate(item(rules, 'expected')).every((part) => contains(content, part));
  });
};

/** The number of lines with a time of day is `expected`. */
export const checkLineNumber: Metric = async (path, rules) => {
  if (typeof path !== 'string' || !(await isFile(path))) return 0;
  return orElse(0, async () => {
    const time = /([01]\p{Nd}|2[0-3]):[0-5]\p{Nd}:([0-5]\p{Nd}|60)/u;
    const count = fileLines(await readText(path)).filter((line) => time.test(line)).length;
    return count === int(item(rules, 'expected')) ? 1 : 0;
  });
};

/** Equal code, but for blank lines, white space at line ends, tabs, and up to three lines of shebang and encoding. */
export const comparePythonPureText: Metric = async (path, gold) => {
  if (!isTrue(path) || !isTrue(gold)) return 0;
  return orElse(0, async () => pureText(await readText(path)) === pureText(await readText(gold)));
};

/** Each regex of `expect` is found on some line, and none of `unexpect` on any. */
export const checkList: Metric = async (path, rules) => {
  if (path === null || path === undefined) return 0;
  const expected = iterate(get(rules, 'expect', [])).map((pattern) => new PythonRegex(pattern));
  const unexpected = iterate(get(rules, 'unexpect', [])).map((pattern) => new PythonRegex(pattern));
  const lines = fileLines(await readText(path));
  return (
    expected.every((pattern) => pattern.searchEach(lines).includes(true)) &&
    !unexpected.some((pattern) => pattern.searchEach(lines).includes(true))
  );
};

/** A numeric gold text is a part of the result or near it; any other gold text is equal to it. */
export const compareResultFiles: Metric = async (path, gold) => {
  if (!isTrue(path) || !isTrue(gold)) return 0;
  const actual = strip(await readText(path));
  const expected = strip(await readText(gold));
  return orElse(actual === expected, () => {
    const number = float(expected);
    return actual.includes(expected) || Math.abs(float(actual) - number) < 1e-4;
  });
};

const METADATA = ['#!', '# -*- coding:', '# coding:', '# coding='];

function pureText(content: string): string {
  const lines = splitLines(content);
  const isMetadata = (line: string): boolean => METADATA.some((start) => strip(line).startsWith(start));
  const code = lines.slice(0, 3).findIndex((line) => !isMetadata(line));
  return lines
    .slice(code < 0 ? Math.min(3, lines.length) : code)
    .filter((line) => strip(line) !== '')
    .map((line) => stripEnd(expandTabs(line, 4)))
    .join('\n');
}

async function isFile(path: string): Promise<boolean> {
  const entry = await stat(path).catch(() => undefined);
  return entry?.isFile() ?? false;
}
