/** The file manager. */
import { posix } from 'node:path';
import type { Application, DesktopHost } from '../application.js';
import type { Control, MenuItem } from '../control.js';
import { moveToTrash, newFolder } from '../files/actions.js';
import { DESKTOP_FOLDER, DOCUMENTS_FOLDER, HOME, TRASH_FOLDER } from '../files/home.js';
import type { Rect } from '../geometry.js';
import type { KeyStroke } from '../keystroke.js';
import { fillRect } from '../paint/draw.js';
import { iconButton, label, panel, row } from '../widgets.js';

const SIDEBAR_WIDTH = 210;
const ROW_HEIGHT = 44;
const PLACES = [
  ['Home', HOME],
  ['Desktop', DESKTOP_FOLDER],
  ['Documents', DOCUMENTS_FOLDER],
  ['Downloads', `${HOME}/Downloads`],
  ['Pictures', `${HOME}/Pictures`],
  ['Trash', TRASH_FOLDER],
] as const;

export class FileManager implements Application {
  readonly id = 'files';
  readonly accessibleName = 'org.gnome.Nautilus';
  readonly wmClass = ['org.gnome.Nautilus', 'Org.gnome.Nautilus'] as const;
  readonly dialog = null;
  #folder: string;
  #selected: string | null = null;
  #top = 0;

  constructor(
    private readonly host: DesktopHost,
    folder: string,
  ) {
    this.#folder = folder;
  }

  title(): string {
    return this.heading();
  }

  heading(): string {
    return PLACES.find(([, path]) => path === this.#folder)?.[0] ?? (posix.basename(this.#folder) || '/');
  }

  headerControls(header: Rect): Control[] {
    return [
      iconButton({ x: header.x + 12, y: header.y + 7, width: 34, height: 34 }, 'Back', 'back', () =>
        this.#parent(),
      ),
    ];
  }

  controls(area: Rect): Control[] {
    const sidebar: Rect = { ...area, width: SIDEBAR_WIDTH };
    const list: Rect = {
      x: area.x + SIDEBAR_WIDTH,
      y: area.y + ROW_HEIGHT,
      width: area.width - SIDEBAR_WIDTH,
      height: area.height - ROW_HEIGHT,
    };
    return [
      panel(sidebar, (ink) => fillRect(ink, sidebar, ink.theme.sidebar)),
      ...PLACES.map(([name, path], index) =>
        row({ x: area.x + 8, y: area.y + 10 + index * 40, width: SIDEBAR_WIDTH - 16, height: 40 }, name, {
          icon: path === HOME ? 'home' : 'folder',
          selected: path === this.#folder,
          activate: () => this.#enter(path),
        }),
      ),
      label({ ...list, x: list.x + 66, y: area.y, width: 200, height: ROW_HEIGHT }, 'Name', {
        dim: true,
        size: 14,
      }),
      label({ ...list, x: list.x + list.width - 168, y: area.y, width: 50, height: ROW_HEIGHT }, 'Size', {
        dim: true,
        size: 14,
      }),
      label({ ...list, x: list.x + list.width - 98, y: area.y, width: 70, height: ROW_HEIGHT }, 'Modified', {
        dim: true,
        size: 14,
      }),
      ...this.#entries(list),
    ];
  }

  key({ key, control, alt }: KeyStroke): void {
    const names = this.#names();
    const index = this.#selected === null ? -1 : names.indexOf(this.#selected);
    if (control && (key === 'w' || key === 'q')) this.host.close(this);
    else if (key === 'backspace' || (alt && (key === 'up' || key === 'left'))) this.#parent();
    else if (key === 'up') this.#selected = names[Math.max(0, index - 1)] ?? null;
    else if (key === 'down') this.#selected = names[Math.min(names.length - 1, index + 1)] ?? null;
    else if (key === 'enter' && this.#selected !== null) this.#open(this.#selected);
    else if (key === 'delete' && this.#selected !== null) this.#trash(this.#selected);
  }

  mayClose(): boolean {
    return true;
  }

  #entries(area: Rect): Control[] {
    const names = this.#names();
    const fit = Math.floor(area.height / ROW_HEIGHT);
    const scroll = (clicks: number) => {
      this.#top = Math.max(0, Math.min(names.length - fit, this.#top - clicks * 2));
    };
    const background: Control = {
      ...panel(area, (ink) => fillRect(ink, area, ink.theme.field)),
      scroll,
      press: () => {
        this.#selected = null;
      },
      menu: () => [{ label: 'New Folder', activate: () => newFolder(this.host.files, this.#folder) }],
    };
    const rows = names.slice(this.#top, this.#top + fit).map((name, index) =>
      row(
        { x: area.x + 4, y: area.y + index * ROW_HEIGHT, width: area.width - 8, height: ROW_HEIGHT },
        name,
        {
          icon: this.#isFolder(name) ? 'folder' : 'document',
          detail: this.#detail(name),
          selected: name === this.#selected,
          press: () => {
            this.#selected = name;
          },
          open: () => this.#open(name),
          menu: () => this.#menu(name),
          scroll,
        },
      ),
    );
    return [background, ...rows];
  }

  #menu(name: string): MenuItem[] {
    return [
      { label: 'Open', activate: () => this.#open(name) },
      { label: 'Move to Trash', shortcut: 'Delete', activate: () => this.#trash(name) },
    ];
  }

  #detail(name: string): string {
    const info = this.host.files.info(posix.join(this.#folder, name));
    if (!info) return '';
    const count =
      info.kind === 'directory' ? this.host.files.list(posix.join(this.#folder, name)).length : info.size;
    const unit = info.kind === 'directory' ? 'item' : 'byte';
    const size = `${count} ${unit}${count === 1 ? '' : 's'}`;
    return `${size.padEnd(12)}   ${new Date(info.modified).toISOString().slice(0, 10)}`;
  }

  #names(): string[] {
    const { files } = this.host;
    // The folder may have gone since it was entered.
    while (files.kind(this.#folder) !== 'directory') this.#folder = posix.dirname(this.#folder);
    return files.list(this.#folder).filter((name) => !name.startsWith('.'));
  }

  #isFolder(name: string): boolean {
    return this.host.files.kind(posix.join(this.#folder, name)) === 'directory';
  }

  #open(name: string): void {
    if (this.#isFolder(name)) this.#enter(posix.join(this.#folder, name));
    else this.host.open(posix.join(this.#folder, name));
  }

  #parent(): void {
    this.#enter(posix.dirname(this.#folder));
  }

  #enter(folder: string): void {
    this.#folder = folder;
    this.#selected = null;
    this.#top = 0;
  }

  #trash(name: string): void {
    moveToTrash(this.host.files, posix.join(this.#folder, name));
    this.#selected = null;
  }
}
