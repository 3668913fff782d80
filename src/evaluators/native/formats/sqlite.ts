/** SQLite databases that were fetched from the guest, queried in memory. */
import { messageOf } from '../../../lib/errno.js';
import { PythonError } from '../../python/errors.js';
import { readBytes } from '../../python/text.js';

/** What Python does not count as an error of the operation. */
const DAMAGED = /malformed|not a database/;

/** Rows of the one statement `sql`. Throws OperationalError for what SQLite refuses, DatabaseError for what is not a database. */
export async function querySqlite(path: unknown, sql: string): Promise<unknown[][]> {
  const bytes = withoutWal(await readDatabase(path));
  // Loaded here, since its WebAssembly takes a while and few evaluations need it.
  const { default: initSqlJs } = await import('sql.js');
  const { Database } = await initSqlJs();
  const database = new Database(bytes);
  try {
    return database.exec(sql)[0]?.values ?? [];
  } catch (cause) {
    const message = messageOf(cause);
    throw new PythonError(DAMAGED.test(message) ? 'DatabaseError' : 'OperationalError', message, { cause });
  } finally {
    database.close();
  }
}

/** SQLite makes a database where there is no file. */
async function readDatabase(path: unknown): Promise<Buffer> {
  try {
    return await readBytes(path);
  } catch (error) {
    if (!(error instanceof PythonError) || error.name === 'TypeError') throw error;
    if (error.name === 'FileNotFoundError') return Buffer.alloc(0);
    throw new PythonError('OperationalError', 'unable to open database file', { cause: error });
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
