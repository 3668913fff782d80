/** The desktop's fonts, from npm packages: a bare machine without fonts shows the same text. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GlobalFonts } from '@napi-rs/canvas';

const UI_FAMILY = 'Arpo Ubuntu';
const MONO_FAMILY = 'Arpo Ubuntu Mono';
const SUBSETS = ['latin', 'latin-ext', 'greek', 'cyrillic'];
const require = createRequire(import.meta.url);
/** `package`: its package.json, next to its folder `files`. */
const FACES = [
  {
    family: UI_FAMILY,
    name: 'ubuntu',
    package: () => require.resolve('@fontsource/ubuntu/package.json'),
    weights: [400, 500, 700],
  },
  {
    family: MONO_FAMILY,
    name: 'ubuntu-mono',
    package: () => require.resolve('@fontsource/ubuntu-mono/package.json'),
    weights: [400, 700],
  },
];

/** Width of a character of the monospace font, in its font size. */
export const MONO_ADVANCE = 0.5;

/** The canvas library keeps fonts for the whole process; a second call finds them there. */
export function registerFonts(): void {
  for (const { family, name, package: manifest, weights } of FACES) {
    if (GlobalFonts.has(family)) continue;
    const folder = join(dirname(manifest()), 'files');
    for (const subset of SUBSETS) {
      for (const weight of weights) {
        const path = join(folder, `${name}-${subset}-${weight}-normal.woff2`);
        if (!GlobalFonts.registerFromPath(path, family))
          throw new Error(`the font file ${path} cannot be read`);
      }
    }
  }
}

export function uiFont(size: number, weight: 400 | 500 | 700 = 400): string {
  return `${weight} ${size}px "${UI_FAMILY}"`;
}

export function monoFont(size: number, weight: 400 | 700 = 400): string {
  return `${weight} ${size}px "${MONO_FAMILY}"`;
}
