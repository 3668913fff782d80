import { expect, it } from 'vitest';
import { readCsvRecords } from '../../../../src/evaluators/native/formats/csv.js';

it.each([
  ['a,b\n1\n', [{ a: '1', b: null }]],
  ['a,b\n1,2,3\n', [{ a: '1', b: '2' }]],
  ['a,b\n\n1,2\n', [{ a: '1', b: '2' }]],
  ['a\n"x\ny"\n', [{ a: 'x\ny' }]],
  ['a\n"x"y"z\n', [{ a: 'xy"z' }]],
  ['a\nx"y"\n', [{ a: 'x"y"' }]],
  ['\na\n', [{}]],
  ['a,b\n1,"un\nclosed', [{ a: '1', b: 'un\nclosed' }]],
  ['a,b\n"1""2",\n', [{ a: '1"2', b: '' }]],
  ['a,a\n1,2', [{ a: '2' }]],
  ['', []],
])('reads %j as csv.DictReader does', (content, records) => {
  expect(readCsvRecords(content)).toEqual(records);
});
