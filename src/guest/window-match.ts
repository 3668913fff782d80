/** Which window a name means: the rules of `wmctrl -a` and `-c`, which OSWorld's agent calls. */

interface Named {
  title: string;
  wmClass: readonly [string, string];
}

export interface WindowMatch {
  /** The whole name in its own case; otherwise any part of it in any case. */
  strict: boolean;
  /** Match `instance.Class` instead of the title. */
  byClass: boolean;
}

export function findWindow<Window extends Named>(
  windows: readonly Window[],
  name: string,
  { strict, byClass }: WindowMatch,
): Window | undefined {
  return windows.find((window) => {
    const candidate = byClass ? window.wmClass.join('.') : window.title;
    return strict ? candidate === name : candidate.toLowerCase().includes(name.toLowerCase());
  });
}
