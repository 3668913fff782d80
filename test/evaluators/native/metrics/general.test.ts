import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { PatternError } from '../../../../src/evaluators/python/errors.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';
import { judge } from './judge.js';

it.each([
  ['kitten', 'sitting', 8 / 13],
  ['', '', 1],
  ['a', '', 0],
  ['😀a', '😀b', 0.5],
  [null, 'a', 0],
])('fuzzy_match of %j and %j is %d', async (result, expected, score) => {
  expect(await judge('fuzzy_match', result, { expected })).toBe(score);
});

it('check_include_exclude raises for what can hold nothing', async () => {
  await expect(judge('check_include_exclude', 3, { include: ['a'] })).rejects.toMatchObject({
    name: 'TypeError',
  });
});

it.each([
  ['check_list', {}],
  ['check_csv', {}],
  ['check_thunderbird_prefs', {}],
  ['check_image_file_size', { max_size: 1 }],
  ['compare_config', { expected: 'x' }],
  ['compare_result_files', '/nowhere/gold'],
  ['diff_text_file', '/nowhere/gold'],
])('%s raises for a file that is missing', async (metric, expected) => {
  await expect(judge(metric, '/nowhere/file', expected)).rejects.toMatchObject({ name: 'FileNotFoundError' });
});

it.each([
  ['check_list', { expect: ['(?x)a'] }],
  ['check_json', { expect: [{ key: ['a'], method: 're', ref: '(?x)a' }] }],
])('%s makes no score of a pattern that is not understood', async (metric, rules) => {
  using folder = new TemporaryFolder();
  await expect(judge(metric, folder.write('file', '{"a": "a"}'), rules)).rejects.toBeInstanceOf(PatternError);
});

it.each([
  ['1e3 is the answer', '1e3', 1],
  ['1000', '1e3', 1],
  ['about 1000', '1e3', 0],
  ['Nan', 'nan', 0],
])('compare_result_files of %j and %j is %d', async (actual, gold, score) => {
  using folder = new TemporaryFolder();
  expect(
    await judge('compare_result_files', folder.write('actual', actual), folder.write('gold', gold)),
  ).toBe(score);
});

it('compare_csv reads what is not UTF-8 as Latin-1', async () => {
  using folder = new TemporaryFolder();
  const path = folder.write('latin1.csv', '');
  await writeFile(path, Buffer.from('é,1\r\n', 'latin1'));
  expect(await judge('compare_csv', path, folder.write('utf8.csv', 'é,1\n'))).toBe(1);
});

it.each([
  ['#!/bin/sh\n# coding: utf-8\n# coding=x\nx', 'x', 1],
  ['#!/bin/sh\n# coding: utf-8\n# coding=x\n# coding=y\nx', 'x', 0],
  ['#!a\n#!b\n#!c', '', 1],
])('compare_python_pure_text of %j and %j is %d', async (actual, gold, score) => {
  using folder = new TemporaryFolder();
  const paths = [folder.write('actual.py', actual), folder.write('gold.py', gold)] as const;
  expect(await judge('compare_python_pure_text', ...paths)).toBe(score);
});
