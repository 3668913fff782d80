/** An open menu: of a button or of a right click. */
import type { Point, Size } from '../../machine.js';
import type { Control, MenuItem } from '../control.js';
import { contains, type Rect } from '../geometry.js';
import { drawText, fillRect, shadow, strokeRect } from '../paint/draw.js';
import { uiFont } from '../paint/fonts.js';
import type { Session } from '../session.js';
import type { Layer } from './layer.js';

export interface OpenMenu {
  items: readonly MenuItem[];
  /** Its top left corner, where there is room. */
  at: Point;
  /** Item chosen by the arrow keys; -1 for none. */
  chosen: number;
}

const WIDTH = 290;
const ITEM_HEIGHT = 38;
const PADDING = 8;

/** The whole screen: a click beside the menu closes it and does nothing else. */
export function menuLayer(session: Session, menu: OpenMenu): Layer {
  const screen: Rect = { x: 0, y: 0, ...session.size };
  const bounds = menuBounds(menu, session.size);
  return {
    application: 'gnome-shell',
    frame: null,
    corners: 0,
    bounds: screen,
    focus: () => {},
    draw(ink) {
      shadow(ink, bounds, 12, 0.4);
      fillRect(ink, bounds, ink.theme.window, 12);
      strokeRect(ink, bounds, ink.theme.border, 12);
    },
    controls: [
      { role: 'menu', name: '', bounds: screen, draw: () => {}, press: () => session.closeMenu() },
      ...menu.items.map((item, index) =>
        menuItem(session, item, index === menu.chosen, {
          x: bounds.x + PADDING,
          y: bounds.y + PADDING + index * ITEM_HEIGHT,
          width: bounds.width - 2 * PADDING,
          height: ITEM_HEIGHT,
        }),
      ),
    ],
  };
}

function menuItem(session: Session, item: MenuItem, chosen: boolean, bounds: Rect): Control {
  return {
    role: 'menu item',
    name: item.label,
    bounds,
    states: chosen ? ['selected'] : [],
    activate: () => session.choose(item),
    draw(ink) {
      const middle = bounds.y + bounds.height / 2;
      if (chosen || contains(bounds, session.pointer)) fillRect(ink, bounds, ink.theme.hover, 8);
      drawText(ink, item.label, bounds.x + 14, middle, { font: uiFont(15), color: ink.theme.text });
      const style = { font: uiFont(13), color: ink.theme.dimText, align: 'right' } as const;
      drawText(ink, item.shortcut ?? '', bounds.x + bounds.width - 12, middle, style);
    },
  };
}

function menuBounds({ items, at }: OpenMenu, screen: Size): Rect {
  const height = items.length * ITEM_HEIGHT + 2 * PADDING;
  return {
    x: Math.max(0, Math.min(at.x, screen.width - WIDTH)),
    y: Math.max(0, Math.min(at.y, screen.height - height)),
    width: WIDTH,
    height,
  };
}
