/** Builds the desktop image of `templates/desktop/Dockerfile`, with this very package inside. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { ArpoEnvError } from '../../errors.js';
import { packageFile } from '../../lib/package.js';
import { displayAddress, dockerError } from './errors.js';
import { withTag } from './image.js';
import { jsonLines } from './json-lines.js';
import { findMachine } from './preflight.js';

/** What the desktop in the image is: the practice desktop, or real programs on a real X display. */
export type ImageScreen = 'x11' | 'sim';

export interface BuildOptions {
  tag: string;
  screen: ImageScreen;
  /** DOCKER_HOST and its companions. */
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Each line that the build prints. */
  onLine: (line: string) => void;
}

/** What the image holds of this package; the lock file is there in a clone only. */
const PACKAGE_FILES = ['package.json', 'package-lock.json', 'bin', 'dist', 'templates'];
const SHOWN_LINES = 20;

const buildEventSchema = z.object({ stream: z.string().optional(), error: z.string().nullish() });

/** The tagged name. Throws E_DOCKER, E_DISK_FULL or E_IMAGE with the last lines of the build. */
export async function buildDesktopImage({ tag, screen, env, signal, onLine }: BuildOptions): Promise<string> {
  const { api, address } = (await findMachine(env)).daemon;
  const name = withTag(tag);
  const folder = await mkdtemp(join(tmpdir(), 'arpo-env-image-'));
  const lines: string[] = [];
  try {
    await stageContext(folder);
    const context = { context: folder, src: await readdir(folder) };
    const options = { t: name, buildargs: { SCREEN: screen }, rm: true, forcerm: true };
    const stream = await api.buildImage(context, { ...options, abortSignal: signal });
    for await (const { stream: text = '', error } of jsonLines(stream, buildEventSchema, signal)) {
      if (error) throw new Error(error);
      for (const line of text.split('\n').filter((part) => part.trim())) {
        lines.push(line);
        onLine(line);
      }
    }
    return name;
  } catch (error) {
    signal.throwIfAborted();
    const known = await dockerError(error, { address, doing: `build ${name}`, image: name });
    if (known === error || known.code === 'E_DISK_FULL' || known.code === 'E_DOCKER') throw known;
    throw new ArpoEnvError(
      {
        code: 'E_IMAGE',
        message: `${known.message}; the last lines of the build:\n${lines.slice(-SHOWN_LINES).join('\n')}`,
        fix: `the build needs the base image, npm's registry and Debian's from ${displayAddress(address)}; try a step by hand: docker run --rm -it node:22-bookworm-slim bash`,
      },
      { cause: error },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function stageContext(folder: string): Promise<void> {
  const present = new Set(await readdir(packageFile('.')));
  if (!present.has('dist')) {
    throw new ArpoEnvError({
      code: 'E_IMAGE',
      message: `there is no ${packageFile('dist')} to put into the image`,
      fix: 'build the package first: npm run build',
    });
  }
  for (const name of PACKAGE_FILES.filter((file) => present.has(file))) {
    await cp(packageFile(name), join(folder, name), { recursive: true });
  }
  await cp(packageFile('templates/desktop/Dockerfile'), join(folder, 'Dockerfile'));
}
