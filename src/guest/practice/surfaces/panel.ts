/** The bar at the top: activities, the clock, battery. */
import type { Control } from '../control.js';
import { centre, type Rect } from '../geometry.js';
import { PANEL_HEIGHT } from '../layout.js';
import { drawText, fillRect, type Ink, line, strokeRect } from '../paint/draw.js';
import { uiFont } from '../paint/fonts.js';
import { SHELL } from '../paint/theme.js';
import type { Session } from '../session.js';
import { BATTERY_PERCENTAGE, CLOCK_FORMAT, CLOCK_SECONDS, CLOCK_WEEKDAY, SHOW_BANNERS } from '../settings.js';
import { formatDate } from '../shell/commands/date.js';
import type { Layer } from './layer.js';

export function panelLayer(session: Session): Layer {
  const bounds: Rect = { x: 0, y: 0, width: session.size.width, height: PANEL_HEIGHT };
  const clock: Rect = { ...bounds, x: bounds.width / 2 - 130, width: 260 };
  const status: Rect = { ...bounds, x: bounds.width - 150, width: 150 };
  const time = clockText(session);
  return {
    application: 'gnome-shell',
    frame: null,
    corners: 0,
    bounds,
    focus: () => {},
    draw: (ink) => fillRect(ink, bounds, SHELL.panel),
    controls: [
      activities(session),
      text('label', time, clock, (ink) => {
        const style = { font: uiFont(15, 500), color: SHELL.text, align: 'center' } as const;
        drawText(ink, time, centre(clock).x, centre(clock).y, style);
      }),
      text('label', 'Battery 87 %', status, (ink) => drawStatus(ink, session, status)),
    ],
  };
}

function activities(session: Session): Control {
  const bounds: Rect = { x: 0, y: 0, width: 104, height: PANEL_HEIGHT };
  return {
    role: 'toggle button',
    name: 'Activities',
    bounds,
    states: session.overview ? ['checked'] : [],
    activate: () => session.toggleOverview(),
    draw(ink) {
      if (session.overview) fillRect(ink, bounds, SHELL.highlight);
      drawText(ink, 'Activities', 14, PANEL_HEIGHT / 2, { font: uiFont(15, 500), color: SHELL.text });
    },
  };
}

function text(role: string, name: string, bounds: Rect, draw: (ink: Ink) => void): Control {
  return { role, name, bounds, text: name, draw };
}

function clockText({ settings, clock }: Session): string {
  const seconds = settings.get(CLOCK_SECONDS) === true ? ':%S' : '';
  const time = settings.get(CLOCK_FORMAT) === '12h' ? `%I:%M${seconds} %p` : `%H:%M${seconds}`;
  const weekday = settings.get(CLOCK_WEEKDAY) === true ? '%a ' : '';
  return formatDate(new Date(clock.now()), `${weekday}%e %b  ${time}`);
}

function drawStatus(ink: Ink, { settings }: Session, { x, width }: Rect): void {
  const right = x + width - 16;
  const middle = PANEL_HEIGHT / 2;
  const battery: Rect = { x: right - 26, y: middle - 6, width: 24, height: 12 };
  strokeRect(ink, battery, SHELL.text, 3, 1.5);
  fillRect(ink, { x: battery.x + 3, y: battery.y + 3, width: 15, height: 6 }, SHELL.text, 1);
  fillRect(ink, { x: right - 1, y: middle - 3, width: 2, height: 6 }, SHELL.text, 1);
  if (settings.get(BATTERY_PERCENTAGE) === true) {
    drawText(ink, '87 %', battery.x - 8, middle, { font: uiFont(14), color: SHELL.text, align: 'right' });
  }
  if (settings.get(SHOW_BANNERS) === false) drawMutedBell(ink, x + 32, middle);
}

function drawMutedBell(ink: Ink, x: number, y: number): void {
  line(
    ink,
    [
      [x - 6, y + 4],
      [x - 4, y],
      [x - 3, y - 4],
      [x, y - 6],
      [x + 3, y - 4],
      [x + 4, y],
      [x + 6, y + 4],
      [x - 6, y + 4],
    ],
    SHELL.text,
    1.5,
  );
  line(
    ink,
    [
      [x - 8, y - 7],
      [x + 8, y + 8],
    ],
    SHELL.text,
    1.5,
  );
}
