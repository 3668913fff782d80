import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import initSqlJs from 'sql.js';
import { expect, it } from 'vitest';
import { querySqlite } from '../../../../src/evaluators/native/formats/sqlite.js';
import { METRICS } from '../../../../src/evaluators/native/metrics/index.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

it('answers a query', async () => {
  using folder = new TemporaryFolder();
  expect(await querySqlite(await database(folder), 'SELECT url, visits FROM urls')).toEqual([
    ['https://a/', 3],
    ['https://b/', null],
  ]);
});

it('opens a database in WAL mode, which Chrome and Thunderbird leave', async () => {
  using folder = new TemporaryFolder();
  const path = await database(folder, (bytes) => bytes.fill(2, 18, 20));
  expect(await querySqlite(path, 'SELECT count(*) FROM urls')).toEqual([[2]]);
});

it('raises what Python raises', async () => {
  using folder = new TemporaryFolder({
    text: 'no database at all, but long enough to be taken for a header of one'.repeat(20),
  });
  await expect(querySqlite(join(folder.path, 'text'), 'SELECT 1 FROM urls')).rejects.toMatchObject({
    name: 'DatabaseError',
  });
  await expect(querySqlite(folder.path, 'SELECT 1')).rejects.toMatchObject({ name: 'OperationalError' });
  await expect(querySqlite(await database(folder), 'SELECT nonsense')).rejects.toMatchObject({
    name: 'OperationalError',
  });
  await expect(querySqlite(null, 'SELECT 1')).rejects.toMatchObject({ name: 'TypeError' });
});

it.each([
  ['SELECT sum(visits) > 0 FROM urls', 1],
  ["SELECT visits FROM urls WHERE url = 'https://b/'", 0],
  ["SELECT ''", 0],
  ["SELECT x'31'", 1],
])('run_sqlite3 scores %j with %d', async (sql, score) => {
  using folder = new TemporaryFolder();
  expect(await METRICS.get('run_sqlite3')?.(await database(folder), { sql }, {})).toBe(score);
});

it('run_sqlite3 raises when there is no row', async () => {
  using folder = new TemporaryFolder();
  const judged = METRICS.get('run_sqlite3')?.(
    await database(folder),
    { sql: "SELECT 1 FROM urls WHERE url = 'x'" },
    {},
  );
  await expect(judged).rejects.toMatchObject({ name: 'TypeError' });
});

async function database(
  folder: TemporaryFolder,
  change: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Promise<string> {
  const { Database } = await initSqlJs();
  const made = new Database();
  made.run(
    "CREATE TABLE urls (url TEXT, visits INT); INSERT INTO urls VALUES ('https://a/', 3), ('https://b/', NULL)",
  );
  const path = join(folder.path, 'made.sqlite');
  await writeFile(path, change(Buffer.from(made.export())));
  made.close();
  return path;
}
