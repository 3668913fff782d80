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

test('shrinks the widest column first, so that the others stay whole', () => {
  const rows = [['server.app', 'scripts.remote_env_server:app', 'default']];
  const table = renderTable(['key', 'value', 'source'], rows, { width: 36 });
  expect(table.split('\n')).toEqual([
    'key         value            source',
    '──────────  ───────────────  ───────',
    'server.app  scripts.remote…  default',
  ]);
  expect(renderTable(['key', 'value', 'source'], rows, { width: 200 })).toContain(
    'scripts.remote_env_server:app',
  );
});
