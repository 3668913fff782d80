/** What the super key opens: a field to search in and the applications. */
import type { Control } from '../control.js';
import { centre, type Rect } from '../geometry.js';
import type { KeyStroke } from '../keystroke.js';
import { APPLICATIONS, type ApplicationId, DOCK_WIDTH, PANEL_HEIGHT } from '../layout.js';
import { drawText, fillRect } from '../paint/draw.js';
import { uiFont } from '../paint/fonts.js';
import { drawIcon } from '../paint/icons.js';
import { SHELL } from '../paint/theme.js';
import type { Session } from '../session.js';
import type { TextBuffer } from '../text/buffer.js';
import { editText } from '../text/editing.js';
import { textField } from '../widgets.js';
import { APPLICATION_NAMES } from './dock.js';
import type { Layer } from './layer.js';

export interface Overview {
  query: TextBuffer;
}

const CELL = 170;
const ICON = 96;

export function overviewLayer(session: Session, { query }: Overview): Layer {
  const bounds: Rect = {
    x: DOCK_WIDTH,
    y: PANEL_HEIGHT,
    width: session.size.width - DOCK_WIDTH,
    height: session.size.height - PANEL_HEIGHT,
  };
  const middle = centre(bounds).x;
  const found = matching(query.text);
  const left = middle - (found.length * CELL) / 2;
  return {
    application: 'gnome-shell',
    frame: null,
    corners: 0,
    bounds,
    focus: () => {},
    draw: (ink) => fillRect(ink, bounds, 'rgba(24, 12, 22, 0.82)'),
    controls: [
      { role: 'panel', name: 'Overview', bounds, draw: () => {}, activate: () => session.toggleOverview() },
      textField(
        { x: middle - 220, y: bounds.y + 48, width: 440, height: 46 },
        'Type to search',
        query,
        true,
        () => {},
      ),
      ...found.map((application, index) =>
        applicationIcon(session, application, {
          x: left + index * CELL,
          y: bounds.y + 200,
          width: CELL,
          height: CELL,
        }),
      ),
    ],
  };
}

/** Enter starts the first application that matches. */
export function overviewKey(session: Session, { query }: Overview, stroke: KeyStroke): void {
  const [first] = matching(query.text);
  if (stroke.key === 'escape') session.toggleOverview();
  else if (stroke.key !== 'enter') editText(query, stroke, { clipboard: session.clipboard });
  else if (first) start(session, first);
}

function matching(query: string): ApplicationId[] {
  const words = query.toLowerCase().split(/\s+/);
  return APPLICATIONS.filter((application) =>
    words.every((word) => `${APPLICATION_NAMES[application]} ${application}`.toLowerCase().includes(word)),
  );
}

function applicationIcon(session: Session, application: ApplicationId, bounds: Rect): Control {
  return {
    role: 'push button',
    name: APPLICATION_NAMES[application],
    bounds,
    activate: () => start(session, application),
    draw(ink) {
      const { x } = centre(bounds);
      drawIcon(ink, application, { x: x - ICON / 2, y: bounds.y + 12, width: ICON, height: ICON });
      const style = { font: uiFont(16, 500), color: SHELL.text, align: 'center' } as const;
      drawText(ink, APPLICATION_NAMES[application], x, bounds.y + ICON + 36, style);
    },
  };
}

function start(session: Session, application: ApplicationId): void {
  session.toggleOverview();
  session.launch(application);
}
