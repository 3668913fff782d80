/** Where things are on the practice desktop. The demo's scripted agent and the tests click by these constants. */
import type { Point, Size } from '../machine.js';
import type { Rect } from './geometry.js';

/** The screen that OSWorld's desktops have. */
export const DEFAULT_SCREEN: Size = { width: 1920, height: 1080 };

export const PANEL_HEIGHT = 32;
export const TITLE_HEIGHT = 48;

const DESKTOP_CELL: Size = { width: 112, height: 112 };
const DESKTOP_MARGIN = 24;
const WINDOW: Size = { width: 1080, height: 740 };
const CASCADE = 36;

/** Cell of the desktop's n-th icon: the files of ~/Desktop by name, in columns. */
export function desktopCell(position: number, screen: Size): Rect {
  const rows = Math.max(1, Math.floor((screen.height - PANEL_HEIGHT - DESKTOP_MARGIN) / DESKTOP_CELL.height));
  return {
    ...DESKTOP_CELL,
    x: DESKTOP_MARGIN + Math.floor(position / rows) * DESKTOP_CELL.width,
    y: PANEL_HEIGHT + DESKTOP_MARGIN + (position % rows) * DESKTOP_CELL.height,
  };
}

/** What to double-click to open the n-th icon of the desktop. */
export function desktopIconCentre(position: number, screen: Size = DEFAULT_SCREEN): Point {
  const cell = desktopCell(position, screen);
  return { x: cell.x + cell.width / 2, y: cell.y + 40 };
}

/** The part of the screen that windows may fill. */
export function workArea(screen: Size): Rect {
  return { x: 0, y: PANEL_HEIGHT, width: screen.width, height: screen.height - PANEL_HEIGHT };
}

/** Where the n-th window opens: in the middle, a bit further down each time. */
export function firstFrame(nth: number, screen: Size): Rect {
  const area = workArea(screen);
  const shift = (nth % 6) * CASCADE;
  const x = Math.round((area.width - WINDOW.width) / 2) + shift;
  return insideOf(area, { ...WINDOW, x, y: PANEL_HEIGHT + 88 + shift });
}

/** The frame made smaller and moved as far as it must be. */
export function insideOf(area: Rect, frame: Rect): Rect {
  const width = Math.min(frame.width, area.width);
  const height = Math.min(frame.height, area.height);
  return {
    width,
    height,
    x: Math.max(area.x, Math.min(frame.x, area.x + area.width - width)),
    y: Math.max(area.y, Math.min(frame.y, area.y + area.height - height)),
  };
}
