/** Where things are on the simulated screen. The demo's scripted agent and the tests click by these constants. */
import type { Point, Size } from '../machine.js';
import { centre, type Rect } from './geometry.js';

/** The screen that OSWorld's desktops have. */
export const DEFAULT_SCREEN: Size = { width: 1920, height: 1080 };

export const PANEL_HEIGHT = 32;
export const DOCK_WIDTH = 72;
export const TITLE_HEIGHT = 48;

const DOCK_ICON = 48;
const DOCK_SPACING = 64;
const DESKTOP_CELL: Size = { width: 112, height: 112 };

export const APPLICATIONS = ['files', 'editor', 'terminal', 'settings'] as const;
export type ApplicationId = (typeof APPLICATIONS)[number];

/** First frames of the applications' windows on the default screen. */
const FRAMES: Readonly<Record<ApplicationId, Rect>> = {
  files: { x: 300, y: 150, width: 960, height: 620 },
  editor: { x: 420, y: 120, width: 1080, height: 740 },
  terminal: { x: 560, y: 240, width: 920, height: 580 },
  settings: { x: 480, y: 170, width: 980, height: 660 },
};
const CASCADE = 36;

/** An application's icon in the dock; the button that shows all applications is the last. */
export function dockIcon(position: number): Rect {
  return {
    x: (DOCK_WIDTH - DOCK_ICON) / 2,
    y: PANEL_HEIGHT + 16 + position * DOCK_SPACING,
    width: DOCK_ICON,
    height: DOCK_ICON,
  };
}

/** What to click to start an application, or to bring its window to the front. */
export function dockIconCentre(application: ApplicationId): Point {
  return centre(dockIcon(APPLICATIONS.indexOf(application)));
}

export function showApplicationsIcon(screen: Size): Rect {
  return { ...dockIcon(0), y: screen.height - DOCK_ICON - 16 };
}

/** Cell of the desktop's n-th icon: the home folder is 0, then the files of ~/Desktop by name, in columns. */
export function desktopCell(position: number, screen: Size): Rect {
  const rows = Math.max(1, Math.floor((screen.height - PANEL_HEIGHT - 24) / DESKTOP_CELL.height));
  return {
    ...DESKTOP_CELL,
    x: DOCK_WIDTH + 24 + Math.floor(position / rows) * DESKTOP_CELL.width,
    y: PANEL_HEIGHT + 24 + (position % rows) * DESKTOP_CELL.height,
  };
}

/** What to double-click to open the n-th icon of the desktop. */
export function desktopIconCentre(position: number, screen: Size = DEFAULT_SCREEN): Point {
  const cell = desktopCell(position, screen);
  return { x: cell.x + cell.width / 2, y: cell.y + 40 };
}

/** The part of the screen that windows may fill. */
export function workArea(screen: Size): Rect {
  return {
    x: DOCK_WIDTH,
    y: PANEL_HEIGHT,
    width: screen.width - DOCK_WIDTH,
    height: screen.height - PANEL_HEIGHT,
  };
}

/** Where the n-th window of an application opens: a bit further down each time, inside the work area. */
export function firstFrame(application: ApplicationId, nth: number, screen: Size): Rect {
  const area = workArea(screen);
  const wanted = FRAMES[application];
  const width = Math.min(wanted.width, area.width);
  const height = Math.min(wanted.height, area.height);
  const shift = (nth % 6) * CASCADE;
  return {
    width,
    height,
    x: Math.max(area.x, Math.min(wanted.x + shift, area.x + area.width - width)),
    y: Math.max(area.y, Math.min(wanted.y + shift, area.y + area.height - height)),
  };
}
