/** The desktop behind all windows: the home folder and the files of ~/Desktop as icons. */
import { posix } from 'node:path';
import type { Control, MenuItem } from '../control.js';
import { moveToTrash, newFolder } from '../files/actions.js';
import { DESKTOP_FOLDER, HOME } from '../files/home.js';
import type { Rect } from '../geometry.js';
import { desktopCell } from '../layout.js';
import { drawText, fillRect } from '../paint/draw.js';
import { uiFont } from '../paint/fonts.js';
import { drawIcon } from '../paint/icons.js';
import type { Session } from '../session.js';
import type { Layer } from './layer.js';

const ICON = 56;

export function desktopIconsLayer(session: Session): Layer {
  const bounds: Rect = { x: 0, y: 0, ...session.size };
  const { files } = session;
  const names = files.kind(DESKTOP_FOLDER) === 'directory' ? files.list(DESKTOP_FOLDER) : [];
  const shown = names.filter((name) => !name.startsWith('.'));
  return {
    application: 'gjs',
    frame: null,
    corners: 0,
    bounds,
    focus: () => session.activate(null),
    draw: () => {},
    controls: [
      {
        role: 'layered pane',
        name: 'Desktop',
        bounds,
        draw: () => {},
        press: () => session.selectIcon(null),
        menu: () => backgroundMenu(session),
      },
      icon(session, HOME, 'Home', 0),
      ...shown.map((name, index) => icon(session, posix.join(DESKTOP_FOLDER, name), name, index + 1)),
    ],
  };
}

function icon(session: Session, path: string, name: string, position: number): Control {
  const cell = desktopCell(position, session.size);
  const selected = session.selectedIcon === path;
  const home = path === HOME;
  return {
    role: 'icon',
    name,
    bounds: cell,
    states: selected ? ['selected'] : [],
    press: () => session.selectIcon(path),
    open: () => session.open(path),
    menu: () => [
      { label: 'Open', activate: () => session.open(path) },
      ...(home ? [] : [{ label: 'Move to Trash', activate: () => moveToTrash(session.files, path) }]),
    ],
    draw(ink) {
      const middle = cell.x + cell.width / 2;
      if (selected)
        fillRect(
          ink,
          { x: cell.x + 6, y: cell.y + 4, width: cell.width - 12, height: cell.height - 10 },
          'rgba(255, 255, 255, 0.22)',
          10,
        );
      const kind = home ? 'home' : session.files.kind(path) === 'directory' ? 'folder' : 'document';
      drawIcon(ink, kind, { x: middle - ICON / 2, y: cell.y + 12, width: ICON, height: ICON });
      const style = { font: uiFont(14, 500), align: 'center', maxWidth: cell.width - 16 } as const;
      drawText(ink, name, middle + 1, cell.y + 87, { ...style, color: 'rgba(0, 0, 0, 0.6)' });
      drawText(ink, name, middle, cell.y + 86, { ...style, color: '#ffffff' });
    },
  };
}

function backgroundMenu(session: Session): MenuItem[] {
  return [
    { label: 'New Folder', activate: () => newFolder(session.files, DESKTOP_FOLDER) },
    { label: 'Open in Terminal', activate: () => session.launch('terminal', DESKTOP_FOLDER) },
    { label: 'Show Desktop in Files', activate: () => session.launch('files', DESKTOP_FOLDER) },
    { label: 'Settings', activate: () => session.launch('settings') },
  ];
}
