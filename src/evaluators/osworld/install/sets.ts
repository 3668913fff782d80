/** What the sets are, in words and sizes, for the question before an installation. */
import type { PackageSet } from '../installation.js';

interface SetFacts {
  words: string;
  /** Bytes, as measured on Linux x86_64 with Python 3.11; rounded up. */
  download: number;
  disk: number;
}

export const SET_FACTS: Record<PackageSet, SetFacts> = {
  core: { words: 'all but a few tasks', download: 280e6, disk: 1000e6 },
  all: { words: 'core, and what compares sounds and reads pictures', download: 700e6, disk: 2400e6 },
};

export const OSWORLD_PIN = 'desktop-env==1.0.2';
/** They come from an index of their own. */
export const TORCH_PACKAGES: ReadonlySet<string> = new Set(['torch', 'torchvision']);
