/** One file of tasks: what it holds, whatever it was meant to be. */
import { readFile, stat } from 'node:fs/promises';
import { errno } from '../lib/errno.js';
import { hasTooManyValues, parseJson } from '../lib/json.js';
import { formatBytes } from '../ui/format.js';
import {
  type FoundTask,
  foundTask,
  isRecord,
  looksLikeTask,
  type Place,
  unreadableTask,
} from './found-task.js';

/** Far more than all tasks of OSWorld together. */
const MOST_BYTES = 64 * 1024 ** 2;

export type FileContent =
  /** Complete tasks, and what stands between them and is none. */
  | { kind: 'tasks'; tasks: FoundTask[] }
  /** A trainer's list: names of tasks by domain. */
  | { kind: 'list'; ids: Place[] }
  | { kind: 'parquet' }
  /** JSON of another kind. */
  | { kind: 'other' }
  /** `wrong` goes on after the file's name. */
  | { kind: 'unreadable'; wrong: string; isMissing: boolean };

/** Never throws: what is wrong with the file is told. `place`: where a task stands that is alone in it. */
export async function readTaskFile(path: string, place: Place): Promise<FileContent> {
  const bytes = await bytesOf(path);
  if (!Buffer.isBuffer(bytes)) return bytes;
  if (bytes.subarray(0, 4).toString('latin1') === 'PAR1') return { kind: 'parquet' };
  if (hasTooManyValues(bytes)) return unreadable('consists of too many values');
  const text = bytes.toString().replace(/^\uFEFF/, '');
  const document = parseJson(text);
  if (document === undefined) return linesOf(text, place);
  if (Array.isArray(document)) {
    if (!document.some(looksLikeTask)) return { kind: 'other' };
    const tasks = document.map((each, index) => foundTask(each, { ...place, id: `${place.id}[${index}]` }));
    return { kind: 'tasks', tasks };
  }
  if (looksLikeTask(document)) return { kind: 'tasks', tasks: [foundTask(document, place)] };
  const ids = idsOf(document);
  return ids === null ? { kind: 'other' } : { kind: 'list', ids };
}

async function bytesOf(path: string): Promise<Buffer | FileContent> {
  try {
    const { size, ...stats } = await stat(path).then((found) => ({
      size: found.size,
      isFile: found.isFile(),
    }));
    // A pipe that nobody writes to would be waited for.
    if (!stats.isFile) return unreadable('is not a file');
    if (size > MOST_BYTES)
      return unreadable(`has ${formatBytes(size)}: no more than ${formatBytes(MOST_BYTES)} are read`);
    return await readFile(path);
  } catch (error) {
    const code = errno(error);
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    return unreadable(isMissing ? 'is not there' : `cannot be read (${code})`, isMissing);
  }
}

/** JSON lines: the first line says whether it is that. */
function linesOf(text: string, place: Place): FileContent {
  const lines = text.split('\n').flatMap((line, index) => (line.trim() === '' ? [] : [{ line, index }]));
  if (parseJson(lines[0]?.line ?? '') === undefined)
    return unreadable(lines.length === 0 ? 'is empty' : 'is not JSON');
  const tasks = lines.map(({ line, index }) => {
    const of = { ...place, id: `${place.id}:${index + 1}` };
    const value = parseJson(line);
    return value === undefined
      ? unreadableTask(of, 'is not JSON', 'correct that line, or take it out')
      : foundTask(value, of);
  });
  return { kind: 'tasks', tasks };
}

/** `{"chrome": ["id", …], …}`; null for anything else. */
function idsOf(document: unknown): Place[] | null {
  if (!isRecord(document) || Object.keys(document).length === 0) return null;
  const ids: Place[] = [];
  for (const [domain, names] of Object.entries(document)) {
    if (!Array.isArray(names) || !names.every((name) => typeof name === 'string')) return null;
    for (const id of names) ids.push({ domain, id });
  }
  return ids;
}

function unreadable(wrong: string, isMissing = false): FileContent {
  return { kind: 'unreadable', wrong, isMissing };
}
