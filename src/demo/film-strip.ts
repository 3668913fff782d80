/** Where a demo leaves its evidence: a PNG per step and one HTML page that shows them in order. */

import { access, constants, mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ArpoEnvError } from '../errors.js';
import { messageOf } from '../lib/errno.js';
import { fileError } from '../lib/file-error.js';

export interface Frame {
  /** `reset`, or what the model said after `Action:`. */
  action: string;
  thought: string;
  latencyMs: number;
  /** File name of the screenshot next to the page; null when the step ended the episode. */
  file: string | null;
}

/** Creates the folder and proves that it can be written, before anything else starts. Throws E_NO_PERMISSION. */
export async function prepareFolder(folder: string): Promise<string> {
  const path = resolve(folder);
  try {
    await makeFolder(path);
    await access(path, constants.W_OK | constants.X_OK);
    return path;
  } catch (error) {
    throw new ArpoEnvError(
      {
        code: 'E_NO_PERMISSION',
        message: `cannot write screenshots to ${path}: ${messageOf(error)}`,
        fix: 'name a folder that you can write to: arpo-env demo --out ~/arpo-demo',
      },
      { cause: error },
    );
  }
}

/** Folder by folder: Node's recursive mkdir never returns below /proc, where a parent exists and still says ENOENT. */
async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  if (path !== dirname(path)) await makeFolder(dirname(path));
  await mkdir(path).catch(async (error: unknown) => {
    if (!(await isFolder(path))) throw error;
  });
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

export async function writeScreenshot(folder: string, index: number, png: Buffer): Promise<string> {
  const file = `step-${String(index).padStart(2, '0')}.png`;
  await write(join(folder, file), png);
  return file;
}

/** Returns the page's path. */
export async function writeFilmStrip(
  folder: string,
  frames: readonly Frame[],
  outcome: { instruction: string; reward: number },
): Promise<string> {
  const path = join(folder, 'index.html');
  await write(path, page(frames, outcome));
  return path;
}

async function write(path: string, content: Buffer | string): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (error) {
    throw fileError(error, path);
  }
}

function page(
  frames: readonly Frame[],
  { instruction, reward }: { instruction: string; reward: number },
): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>arpo-env demo: reward ${reward.toFixed(1)}</title>
<style>
  body { margin: 2rem auto; max-width: 76rem; padding: 0 1rem; background: #14161a; color: #d8dbe0; font: 16px/1.5 system-ui, sans-serif; }
  h1 { font-size: 1.3rem; font-weight: 600; }
  .reward { color: ${reward === 1 ? '#7ee2a8' : '#ff8f8f'}; }
  ol { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.5rem; list-style: none; padding: 0; }
  img { width: 100%; border-radius: 6px; border: 1px solid #30343c; }
  .end { display: grid; place-items: center; aspect-ratio: 16 / 9; border: 1px dashed #4a505c; border-radius: 6px; color: #8b93a1; }
  code { color: #9ecbff; overflow-wrap: anywhere; }
  small { color: #8b93a1; }
</style>
<h1>${escapeHtml(instruction)} <span class="reward">reward ${reward.toFixed(1)}</span></h1>
<ol>
${frames.map(figure).join('\n')}
</ol>
</html>
`;
}

function figure(frame: Frame, index: number): string {
  const picture = frame.file
    ? `<a href="${frame.file}"><img src="${frame.file}" alt="screen after step ${index}"></a>`
    : '<div class="end">the episode ended here</div>';
  const thought = frame.thought ? `<br>${escapeHtml(frame.thought)}` : '';
  return `<li>${picture}<p><b>${index}</b> <code>${escapeHtml(frame.action)}</code> <small>${Math.round(frame.latencyMs)} ms</small>${thought}</p></li>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
