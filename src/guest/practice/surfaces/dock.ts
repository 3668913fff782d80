/** The dock at the left: applications, with a dot for each that runs. */
import type { Control } from '../control.js';
import { inset, type Rect } from '../geometry.js';
import {
  APPLICATIONS,
  type ApplicationId,
  DOCK_WIDTH,
  dockIcon,
  PANEL_HEIGHT,
  showApplicationsIcon,
} from '../layout.js';
import { circle, fillRect } from '../paint/draw.js';
import { drawIcon } from '../paint/icons.js';
import { SHELL } from '../paint/theme.js';
import type { Session } from '../session.js';
import type { Layer } from './layer.js';

export const APPLICATION_NAMES: Readonly<Record<ApplicationId, string>> = {
  files: 'Files',
  editor: 'Text Editor',
  terminal: 'Terminal',
  settings: 'Settings',
};

export function dockLayer(session: Session): Layer {
  const bounds: Rect = {
    x: 0,
    y: PANEL_HEIGHT,
    width: DOCK_WIDTH,
    height: session.size.height - PANEL_HEIGHT,
  };
  const all = showApplicationsIcon(session.size);
  return {
    application: 'gnome-shell',
    frame: null,
    corners: 0,
    bounds,
    focus: () => {},
    draw: (ink) => fillRect(ink, bounds, SHELL.dock),
    controls: [
      ...APPLICATIONS.map((application, position) => dockButton(session, application, dockIcon(position))),
      {
        role: 'toggle button',
        name: 'Show Applications',
        bounds: all,
        activate: () => session.toggleOverview(),
        draw: (ink) => drawIcon(ink, 'applications', all),
      },
    ],
  };
}

function dockButton(session: Session, application: ApplicationId, bounds: Rect): Control {
  const windows = session.windows.filter((window) => window.application.id === application);
  const active = session.active?.application.id === application;
  return {
    role: 'push button',
    name: APPLICATION_NAMES[application],
    bounds,
    activate() {
      const latest = windows.at(-1);
      if (latest) session.activate(latest);
      else session.launch(application);
    },
    menu: () => [
      { label: 'New Window', activate: () => session.launch(application) },
      ...(windows.length > 0
        ? [
            {
              label: 'Quit',
              activate: () =>
                windows.forEach((window) => {
                  session.requestClose(window);
                }),
            },
          ]
        : []),
    ],
    draw(ink) {
      if (active) fillRect(ink, inset(bounds, -6), SHELL.highlight, 14);
      drawIcon(ink, application, bounds);
      if (windows.length > 0) circle(ink, 5, bounds.y + bounds.height / 2, 3, ink.theme.accent);
    },
  };
}
