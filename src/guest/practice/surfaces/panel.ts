/** The bar at the top, with the clock, and the notice below the windows' middle. */
import type { Size } from '../../machine.js';
import { formatDate } from '../clock.js';
import type { Control } from '../control.js';
import { centre, type Rect } from '../geometry.js';
import { PANEL_HEIGHT } from '../layout.js';
import { drawText, fillRect, type Ink, strokeRect } from '../paint/draw.js';
import { uiFont } from '../paint/fonts.js';
import { COLORS } from '../paint/theme.js';
import type { Layer } from './layer.js';

const SHELL = 'gnome-shell';
const PADDING = 14;
const CLOCK_WIDTH = 260;
const NOTICE: Size = { width: 760, height: 56 };

export function panelLayer(screen: Size, now: number): Layer {
  const bounds: Rect = { x: 0, y: 0, width: screen.width, height: PANEL_HEIGHT };
  const left: Rect = { ...bounds, width: 200 };
  const clock: Rect = { ...bounds, x: centre(bounds).x - CLOCK_WIDTH / 2, width: CLOCK_WIDTH };
  const time = formatDate(now, '%a %e %b  %H:%M') ?? '';
  return {
    application: SHELL,
    bounds,
    draw(ink) {
      fillRect(ink, bounds, COLORS.panel);
      drawBattery(ink, { x: bounds.width - 42, y: PANEL_HEIGHT / 2 - 6, width: 24, height: 12 });
    },
    controls: [
      label('Practice Desktop', left, { x: PADDING, align: 'left' }),
      label(time, clock, { x: centre(clock).x, align: 'center' }),
    ],
  };
}

/** What the desktop has to say, until the next key or click. */
export function noticeLayer(screen: Size, text: string): Layer {
  const width = Math.min(NOTICE.width, screen.width - 40);
  const bounds: Rect = {
    ...NOTICE,
    width,
    x: Math.round((screen.width - width) / 2),
    y: screen.height - NOTICE.height - 48,
  };
  return {
    application: SHELL,
    bounds,
    draw: (ink) => fillRect(ink, bounds, COLORS.panel, NOTICE.height / 2),
    controls: [{ ...label(text, bounds, { x: centre(bounds).x, align: 'center' }), role: 'notification' }],
  };
}

function label(text: string, bounds: Rect, { x, align }: { x: number; align: 'left' | 'center' }): Control {
  return {
    role: 'label',
    name: text,
    text,
    bounds,
    draw(ink) {
      const style = {
        font: uiFont(15, 500),
        color: COLORS.panelText,
        align,
        maxWidth: bounds.width - 2 * PADDING,
      };
      drawText(ink, text, x, centre(bounds).y, style);
    },
  };
}

function drawBattery(ink: Ink, box: Rect): void {
  strokeRect(ink, box, COLORS.panelText, 3, 1.5);
  fillRect(ink, { x: box.x + 3, y: box.y + 3, width: 15, height: 6 }, COLORS.panelText, 1);
  fillRect(ink, { x: box.x + 25, y: box.y + 3, width: 2, height: 6 }, COLORS.panelText, 1);
}
