/** One of the programs and Python packages that a real X desktop is made of. */
export interface X11Program {
  /** Names under which the executable goes; the first that is found is used. */
  names: readonly [string, ...string[]];
  /** Files of which one shows that it is there, where it is not an executable. */
  files?: readonly string[];
  /** Where it is a Python package: the name under which the desktop's Python imports it. */
  module?: string;
  /** The Debian and Ubuntu package that has it; without one it is in the desktop's Python (desktop-python.ts). */
  debianPackage?: string;
  /** What the desktop does with it, in a few words. */
  purpose: string;
}
