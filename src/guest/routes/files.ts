/** Files: /file, /list_directory, /desktop_path. */
import { posix } from 'node:path';
import { HttpPage, jsonBody, sendJson } from '../flask.js';
import { formFields } from '../form.js';
import { GuestError, type GuestFiles } from '../machine.js';
import { expandPath } from '../paths.js';
import { serveFile } from '../serve-file.js';
import type { Routes } from './route.js';

/** Of one tree. */
const MOST_ENTRIES = 100_000;
/** A link counts as so many: they are followed, and two that lead back make more names than there are atoms. */
const LINK_COST = 100;

type TreeNode =
  | { type: 'directory'; name: string; children: TreeNode[] }
  | { type: 'file'; name: string }
  | { error: string };

export const fileRoutes: Routes = (app, { machine }) => {
  app.post('/file', async (request, reply) => {
    const path = (await formFields(request)).get('file_path');
    if (path === undefined) return sendJson(reply, { error: 'file_path is required' }, 400);
    const { files, environment } = machine();
    const full = expandPath(path, environment);
    if (path === '' || (await files.kind(full)) === null)
      return sendJson(reply, { error: 'File not found' }, 404);
    try {
      return await serveFile(reply, files, full, { attachment: true });
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      return sendJson(reply, { error: `Failed to serve file: ${error.message}` }, 500);
    }
  });

  app.post('/list_directory', async (request, reply) => {
    const { path } = jsonBody(request);
    if (path === undefined) return sendJson(reply, { error: "Missing 'path' parameter" }, 400);
    if (typeof path === 'object') throw new HttpPage(500);
    const { files, environment } = machine();
    const full = posix.resolve(environment.HOME, String(path));
    if ((await files.kind(full)) !== 'directory') {
      return sendJson(reply, { error: 'The provided path is not a directory' }, 400);
    }
    const tree = new DirectoryTree(files);
    const root = await tree.of(full, String(path).split('/').at(-1) ?? '');
    if (!tree.isWhole) {
      return sendJson(reply, { error: `${full} has too many entries, links followed` }, 500);
    }
    return sendJson(reply, { directory_tree: root });
  });

  app.post('/desktop_path', async (_request, reply) => {
    const path = posix.join(machine().environment.HOME, 'Desktop');
    if ((await machine().files.kind(path)) !== null) return sendJson(reply, { desktop_path: path });
    return sendJson(reply, { error: 'Unsupported operating system or desktop path not found' }, 404);
  });
};

class DirectoryTree {
  #left = MOST_ENTRIES;

  readonly #files: GuestFiles;

  constructor(files: GuestFiles) {
    this.#files = files;
  }

  /** Whether nothing was left out. */
  get isWhole(): boolean {
    return this.#left >= 0;
  }

  async of(path: string, name: string): Promise<TreeNode> {
    const children: TreeNode[] = [];
    try {
      for await (const entry of this.#files.list(path)) {
        this.#left -= entry.isLink ? LINK_COST : 1;
        if (!this.isWhole) break;
        const isFolder = entry.kind === 'directory';
        children.push(
          isFolder
            ? await this.of(posix.join(path, entry.name), entry.name)
            : { type: 'file', name: entry.name },
        );
      }
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      return { error: error.message };
    }
    return { type: 'directory', name, children };
  }
}
