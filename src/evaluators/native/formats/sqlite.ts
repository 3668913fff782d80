/** SQLite databases that were fetched from the guest, queried in memory. */
import { messageOf } from '../../../lib/errno.js';
import { PythonError } from '../../python/errors.js';
import { readBytes } from '../../python/text.js';

/** Rows of the first statement of `sql`. Throws OperationalError for what SQLite refuses. */
export async function querySqlite(path: unknown, sql: string): Promise<unknown[][]> {
  const bytes = withoutWal(await readBytes(path));
  // Loaded here, since its WebAssembly takes a while and few evaluations need it.
  const { default: initSqlJs } = await import('sql.js');
  const { Database } = await initSqlJs();
  const database = new Database(bytes);
  try {
    return database.exec(sql)[0]?.values ?? [];
  } catch (cause) {
    throw new PythonError('OperationalError', messageOf(cause), {
      cause,
    });
  } finally {
    database.close();
  }
}

/**
 * A database in WAL mode has 2 in bytes 18 and 19, and SQLite in memory cannot open it. Without its -wal file, which the
 * guest was not asked for, it is the same as one in rollback mode, 1: so the reference reads it too.
 */
function withoutWal(bytes: Buffer): Buffer {
  const isWal = bytes.subarray(0, 15).toString('latin1') === 'SQLite format 3' && bytes[18] === 2;
  if (isWal) bytes.fill(1, 18, 20);
  return bytes;
}
