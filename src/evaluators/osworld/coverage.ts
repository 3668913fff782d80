/** How many of OSWorld's own tasks can be scored with which packages: figures of the published tasks, which are not in this package. */
import type { Config } from '../../config/schema.js';

/**
 * Tasks that OSWorld's own evaluators score with these packages and no fewer, and how many of them our metrics do. A getter
 * that is native needs no package. `account` is none: a Google account that nobody has.
 */
const TASKS: readonly (readonly [tasks: number, native: number, packages: string])[] = [
  [157, 154, ''],
  [60, 0, 'formulas lxml openpyxl pandas rapidfuzz xmltodict'],
  [41, 0, 'python-pptx'],
  [17, 0, 'numpy pillow scikit-image'],
  [17, 0, 'odfpy python-docx rapidfuzz'],
  [11, 0, 'python-docx'],
  [9, 0, 'cssselect lxml playwright requests'],
  [8, 8, 'tldextract'],
  [7, 0, 'account'],
  [6, 0, 'pymupdf rapidfuzz'],
  [5, 4, 'openpyxl'],
  [4, 0, 'numpy pillow'],
  [3, 0, 'fastdtw librosa numpy scipy'],
  [3, 3, 'openpyxl pyyaml'],
  [3, 0, 'pillow'],
  [2, 0, 'cssselect lxml rapidfuzz'],
  [2, 0, 'pillow python-docx'],
  [2, 0, 'python-docx rapidfuzz'],
  [1, 0, 'beautifulsoup4 lxml tldextract'],
  [1, 0, 'easyocr numpy pillow'],
  [1, 0, 'imagehash opencv-python-headless pillow'],
  [1, 0, 'imagehash pillow pymupdf'],
  [1, 0, 'lxml'],
  [1, 0, 'mutagen openpyxl'],
  [1, 0, 'odfpy pymupdf python-docx rapidfuzz'],
  [1, 0, 'odfpy python-docx rapidfuzz scikit-image'],
  [1, 0, 'openpyxl pandas playwright requests'],
  [1, 0, 'playwright pymupdf rapidfuzz requests'],
  [1, 0, 'pymupdf pypdf rapidfuzz'],
  [1, 1, 'pypdf2'],
];

export const PUBLISHED_TASKS = TASKS.reduce((sum, [tasks]) => sum + tasks, 0);

/**
 * How many of them a judge can score with those packages; null: without OSWorld's evaluators. One of them cannot be set up
 * all the same: it needs the Google account for that alone.
 */
export function scoredTasks(
  engine: Config['evaluators']['engine'],
  packages: ReadonlySet<string> | null,
): number {
  return TASKS.reduce((sum, [tasks, native, names]) => {
    const needed = names === '' ? [] : names.split(' ');
    const byOsworld = engine !== 'native' && packages !== null && needed.every((name) => packages.has(name));
    if (byOsworld) return sum + tasks;
    return engine === 'osworld' ? sum : sum + native;
  }, 0);
}
