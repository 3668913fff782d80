import { expect, test } from 'vitest';
import { renderTable } from '../../src/ui/table.js';

test('aligns columns by what is visible, not by colour codes', () => {
  const table = renderTable(
    ['step', 'action', 'bytes'],
    [
      ['0', '\u001b[32mreset\u001b[39m', '12'],
      ['10', 'click', '1.2 MB'],
    ],
    { align: ['right', 'left', 'right'] },
  );
  expect(table).toBe(
    [
      'step  action   bytes',
      '────  ──────  ──────',
      '   0  \u001b[32mreset\u001b[39m       12',
      '  10  click   1.2 MB',
    ].join('\n'),
  );
});

test('cuts lines that are wider than the terminal', () => {
  const table = renderTable(['a', 'b'], [['x', 'a long cell']], { width: 8 });
  expect(table.split('\n').map((line) => line.length)).toEqual([4, 8, 8]);
  expect(table.endsWith('…')).toBe(true);
});
