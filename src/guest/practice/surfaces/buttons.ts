/** The buttons that windows have. */
import type { Control } from '../control.js';
import { centre, type Rect } from '../geometry.js';
import { drawText, fillRect } from '../paint/draw.js';
import { uiFont } from '../paint/fonts.js';
import { drawIcon, type IconName } from '../paint/icons.js';
import { COLORS } from '../paint/theme.js';

export function button(bounds: Rect, name: string, activate: () => void): Control {
  return {
    role: 'push button',
    name,
    bounds,
    activate,
    states: ['focusable'],
    draw(ink) {
      fillRect(ink, bounds, COLORS.button, 8);
      const style = { font: uiFont(15, 500), color: COLORS.text, align: 'center' } as const;
      drawText(ink, name, centre(bounds).x, centre(bounds).y, style);
    },
  };
}

export function roundButton(bounds: Rect, name: string, icon: IconName, activate: () => void): Control {
  return {
    role: 'push button',
    name,
    bounds,
    activate,
    draw(ink) {
      fillRect(ink, bounds, COLORS.button, bounds.width / 2);
      drawIcon(ink, icon, bounds, COLORS.text);
    },
  };
}
