/** Types of desktop-image.mjs. */
import type Docker from 'dockerode';

export const DESKTOP_IMAGE: string;
export const X11_IMAGE: string;

/** Minutes the first time; afterwards Docker's cache has all but this package's own files. */
export function buildDesktopImage(
  daemon: { api: Docker; env: NodeJS.ProcessEnv },
  image?: string,
): Promise<void>;
