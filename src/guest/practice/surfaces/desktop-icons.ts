/** The desktop behind all windows: the files of ~/Desktop as icons. */
import { posix } from 'node:path';
import type { Size } from '../../machine.js';
import type { Control } from '../control.js';
import { DESKTOP_FOLDER } from '../files/home.js';
import type { MemoryFiles } from '../files/memory-files.js';
import { inset, type Rect } from '../geometry.js';
import { desktopCell } from '../layout.js';
import { drawText, fillRect } from '../paint/draw.js';
import { uiFont } from '../paint/fonts.js';
import { drawIcon } from '../paint/icons.js';
import type { Layer } from './layer.js';

/** The session, as its icons see it. */
export interface IconsHost {
  readonly size: Size;
  readonly files: MemoryFiles;
  /** Path of the icon that is selected. */
  selectedIcon: string | null;
  open(path: string): void;
  /** Takes the keyboard from all windows. */
  activate(window: null): void;
}

const ICON = 56;
const NAME = { font: uiFont(14, 500), align: 'center' } as const;

export function desktopIconsLayer(host: IconsHost): Layer {
  const bounds: Rect = { x: 0, y: 0, ...host.size };
  const { files } = host;
  const names = files.kind(DESKTOP_FOLDER) === 'directory' ? files.list(DESKTOP_FOLDER) : [];
  const unselect = () => {
    host.selectedIcon = null;
  };
  return {
    application: 'gjs',
    bounds,
    focus: () => host.activate(null),
    controls: [
      { role: 'layered pane', name: 'Desktop', bounds, draw: () => {}, press: unselect },
      ...names
        .filter((name) => !name.startsWith('.'))
        .map((name, index) => icon(host, name, desktopCell(index, host.size)))
        .filter((control) => control.bounds.x < host.size.width),
    ],
  };
}

function icon(host: IconsHost, name: string, cell: Rect): Control {
  const path = posix.join(DESKTOP_FOLDER, name);
  const selected = host.selectedIcon === path;
  return {
    role: 'icon',
    name,
    bounds: cell,
    states: selected ? ['selected'] : [],
    press() {
      host.selectedIcon = path;
    },
    open: () => host.open(path),
    draw(ink) {
      const middle = cell.x + cell.width / 2;
      if (selected) fillRect(ink, inset(cell, 5), 'rgba(255, 255, 255, 0.22)', 10);
      const kind = host.files.kind(path) === 'directory' ? 'folder' : 'document';
      drawIcon(ink, kind, { x: middle - ICON / 2, y: cell.y + 12, width: ICON, height: ICON });
      const maxWidth = cell.width - 16;
      drawText(ink, name, middle + 1, cell.y + 87, { ...NAME, maxWidth, color: 'rgba(0, 0, 0, 0.6)' });
      drawText(ink, name, middle, cell.y + 86, { ...NAME, maxWidth, color: '#ffffff' });
    },
  };
}
