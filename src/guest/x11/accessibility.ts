/**
 * The accessibility tree as far as the window manager knows it: each application with its windows, their places and which
 * is active. What is inside the windows is not in it.
 */
import { component, desktopFrame, element, states } from '../accessibility-xml.js';
import type { PlacedWindow } from './windows.js';

export function windowTree(windows: readonly PlacedWindow[]): string {
  const names = [...new Set(windows.map(applicationOf))];
  return desktopFrame(
    names.map((name) => {
      const frames = windows.filter((window) => applicationOf(window) === name).map(frame);
      return element('application', { name, ...states([]) }, frames.join(''));
    }),
  );
}

function applicationOf({ wmClass: [instance, name] }: PlacedWindow): string {
  return name || instance || 'unknown';
}

function frame({ title, active, position, size }: PlacedWindow): string {
  const attributes = {
    name: title,
    ...states(active ? ['active'] : []),
    ...component({ ...position, ...size }),
  };
  return element('frame', attributes, '');
}
