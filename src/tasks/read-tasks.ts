/** The tasks that somebody means by the names of files and folders. */
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { ArpoEnvError } from '../errors.js';
import { fileError } from '../lib/file-error.js';
import { shellQuote } from '../shell-words.js';
import { type FoundTask, type Place, unreadableTask } from './found-task.js';
import { type FileContent, readTaskFile } from './task-file.js';
import { trainingLists } from './training-lists.js';

/** OSWorld has 369; who has more files than this has named the wrong folder. */
const MOST_FILES = 20_000;
const DEEPEST = 10;

/** In the order of `paths`, each file once. Throws E_USAGE for a path that leads to no task at all, or the signal's reason. */
export async function readTasks(paths: readonly string[], signal: AbortSignal): Promise<FoundTask[]> {
  const reader = new Reader(signal);
  for (const path of paths) await reader.read(path);
  return reader.tasks;
}

class Reader {
  readonly tasks: FoundTask[] = [];
  readonly #signal: AbortSignal;
  /** Without the links that lead to them. */
  readonly #seen = new Set<string>();
  /** What tasks came from, and what was read before. */
  #met = 0;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async read(path: string): Promise<void> {
    const stats = await stat(path).catch((error: unknown) => {
      const known = fileError(error, path);
      throw known instanceof ArpoEnvError ? known : unusable(`${path} is not there`);
    });
    if (!stats.isDirectory()) return this.#readFile(path);
    const before = this.#met;
    await this.#readFolder(path, 0);
    if (this.#met === before)
      throw unusable(`${path} holds no task of OSWorld: no JSON file in it has an evaluator`);
  }

  /** Named by itself: whatever it is has to make sense. */
  async #readFile(path: string): Promise<void> {
    if (['.yaml', '.yml'].includes(extname(path))) {
      for (const list of await trainingLists(path)) await this.#readFile(list);
      return;
    }
    if (!(await this.#isNew(path))) return;
    const content = await readTaskFile(path, placeOf(path));
    switch (content.kind) {
      case 'tasks':
        return this.#add(content.tasks);
      case 'list':
        return this.#readList(path, content.ids);
      case 'parquet':
        throw parquet(path);
      case 'other':
        throw unusable(`${path} holds no task of OSWorld, and is not a list of their ids by domain`);
      case 'unreadable':
        throw unusable(`${path} ${content.wrong}`);
    }
  }

  /** What lies beside tasks is none of ours; only what cannot be read may have been one. */
  async #readFolder(folder: string, depth: number): Promise<void> {
    if (depth > DEEPEST) return;
    if (!(await this.#isNew(folder))) {
      this.#met += 1;
      return;
    }
    for (const name of (await namesIn(folder)).sort()) {
      this.#signal.throwIfAborted();
      const path = join(folder, name);
      const kind = await kindOf(path);
      if (kind === 'folder') await this.#readFolder(path, depth + 1);
      if (kind !== 'file') continue;
      if (!(await this.#isNew(path))) {
        this.#met += 1;
        continue;
      }
      if (this.#seen.size > MOST_FILES)
        throw unusable(`there are more than ${MOST_FILES} files in ${folder} and beside it`);
      const place = placeOf(path, depth > 0);
      const content = await readTaskFile(path, place);
      if (content.kind === 'tasks') this.#add(content.tasks);
      if (content.kind === 'unreadable') this.#add([unreadableTask({ ...place, id: path }, content.wrong)]);
    }
  }

  /** Its tasks lie in the folder `examples` beside it, as the trainer reads them. */
  async #readList(list: string, ids: readonly Place[]): Promise<void> {
    const examples = join(dirname(list), 'examples');
    const lost = await lostExamples(examples);
    for (const place of ids) {
      this.#signal.throwIfAborted();
      const path = join(examples, place.domain ?? '', `${place.id}.json`);
      if (!isName(place.id) || !isName(place.domain ?? '')) {
        this.#add([unreadableTask(place, `in ${list} is not the name of a task`)]);
        continue;
      }
      if (!(await this.#isNew(path))) continue;
      this.#add(tasksOf(await readTaskFile(path, place), place, path, lost));
    }
  }

  #add(tasks: readonly FoundTask[]): void {
    this.#met += 1;
    for (const task of tasks) this.tasks.push(task);
  }

  async #isNew(path: string): Promise<boolean> {
    const real = await realpath(path).catch(() => resolve(path));
    if (this.#seen.has(real)) return false;
    this.#seen.add(real);
    return true;
  }
}

/** What a file holds that a list names. */
function tasksOf(content: FileContent, place: Place, path: string, lost: string | null): FoundTask[] {
  if (content.kind === 'tasks') return content.tasks;
  if (content.kind === 'unreadable' && content.isMissing)
    return [
      unreadableTask(place, `is not there: no ${path}`, lost ?? 'take it out of the list, or add the task'),
    ];
  const wrong = content.kind === 'unreadable' ? content.wrong : 'is not a task';
  return [unreadableTask(place, `cannot be used: ${path} ${wrong}`)];
}

/** A fix, when the folder of the tasks is a link into a submodule that is not there yet. */
async function lostExamples(folder: string): Promise<string | null> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  if (isThere) return null;
  const isLink = await lstat(folder).then(
    (stats) => stats.isSymbolicLink(),
    () => false,
  );
  return isLink
    ? `git -C ${shellQuote(dirname(folder))} submodule update --init`
    : `put OSWorld's evaluation_examples/examples beside the list: ${folder}`;
}

/** `examples/chrome/ID.json`: the folder is the domain, wherever it is one among others. */
function placeOf(path: string, isSorted = false): Place {
  const folder = dirname(resolve(path));
  const isDomain = isSorted || basename(dirname(folder)) === 'examples';
  return { id: basename(path, extname(path)), domain: isDomain ? basename(folder) : null };
}

function isName(name: string): boolean {
  return /^[\w.@+-]+$/.test(name) && !/^\.+$/.test(name);
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw fileError(error, folder);
  });
  return names.filter((name) => !name.startsWith('.') && name !== 'node_modules');
}

/** Links are followed; only JSON counts as a file. */
async function kindOf(path: string): Promise<'folder' | 'file' | 'other'> {
  const stats = await stat(path).catch(() => null);
  if (stats?.isDirectory()) return 'folder';
  return stats !== null && ['.json', '.jsonl'].includes(extname(path)) ? 'file' : 'other';
}

function parquet(path: string): ArpoEnvError {
  const code =
    'import pandas as p, sys; p.read_parquet(sys.argv[1]).to_json(sys.argv[2], orient="records", lines=True)';
  const lines = `${basename(path, extname(path))}.jsonl`;
  return unusable(
    `${path} is a Parquet file, which is not read here; ARPO's trainer does not take one either`,
    `make JSON lines of it: python3 -c ${shellQuote(code)} ${shellQuote(path)} ${shellQuote(lines)} && arpo-env tasks check ${shellQuote(lines)}`,
  );
}

const NAME_TASKS =
  'name task files, a folder of them, a list such as evaluation_examples/test_all.json, JSON lines, or a training config';

function unusable(message: string, fix = NAME_TASKS): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_USAGE', message, fix });
}
