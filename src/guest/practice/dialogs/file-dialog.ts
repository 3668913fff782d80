/** Chooses a file to open, or a folder and a name to save under. */
import { posix } from 'node:path';
import type { DesktopHost, Dialog } from '../application.js';
import type { Control } from '../control.js';
import { DESKTOP_FOLDER, DOCUMENTS_FOLDER, HOME } from '../files/home.js';
import type { Rect } from '../geometry.js';
import type { KeyStroke } from '../keystroke.js';
import { fillRect, strokeRect } from '../paint/draw.js';
import { TextBuffer } from '../text/buffer.js';
import { editText } from '../text/editing.js';
import { button, iconButton, label, panel, row, textField } from '../widgets.js';
import { dialogCard } from './frame.js';

export interface FileDialogOptions {
  title: 'Open File' | 'Save As';
  folder: string;
  /** Suggested name; the part before its extension is selected. */
  fileName: string;
  accept(path: string): void;
  cancel(): void;
}

const WIDTH = 760;
const HEIGHT = 500;
const PLACES_WIDTH = 190;
const ROW_HEIGHT = 36;
const PLACES = [
  ['Home', HOME],
  ['Desktop', DESKTOP_FOLDER],
  ['Documents', DOCUMENTS_FOLDER],
  ['Downloads', `${HOME}/Downloads`],
] as const;

export class FileDialog implements Dialog {
  readonly name: string;
  readonly fileName: TextBuffer;
  #folder: string;
  #top = 0;
  #problem = '';

  constructor(
    private readonly host: DesktopHost,
    private readonly options: FileDialogOptions,
  ) {
    this.name = options.title;
    this.#folder = options.folder;
    this.fileName = new TextBuffer(options.fileName);
    this.fileName.select(0, posix.parse(options.fileName).name.length);
  }

  controls(window: Rect): Control[] {
    const { card, controls } = dialogCard(window, WIDTH, HEIGHT);
    const list: Rect = {
      x: card.x + PLACES_WIDTH,
      y: card.y + 168,
      width: card.width - PLACES_WIDTH - 20,
      height: card.height - 188,
    };
    const right = card.x + card.width;
    return [
      ...controls,
      button({ x: card.x + 16, y: card.y + 14, width: 104, height: 38 }, 'Cancel', () =>
        this.options.cancel(),
      ),
      label({ x: card.x + 130, y: card.y + 14, width: card.width - 260, height: 38 }, this.name, {
        size: 17,
        bold: true,
        centred: true,
      }),
      button({ x: right - 120, y: card.y + 14, width: 104, height: 38 }, this.#verb(), () => this.#accept(), {
        suggested: true,
      }),
      label({ x: card.x + 24, y: card.y + 70, width: 60, height: 40 }, 'Name'),
      textField(
        { x: card.x + 90, y: card.y + 70, width: card.width - 110, height: 40 },
        'Name',
        this.fileName,
        true,
        () => {},
      ),
      ...this.#places({ x: card.x + 12, y: list.y, width: PLACES_WIDTH - 24, height: list.height }),
      iconButton({ x: list.x, y: card.y + 122, width: 34, height: 34 }, 'Parent folder', 'back', () =>
        this.#enter('..'),
      ),
      label(
        { x: list.x + 44, y: card.y + 122, width: list.width - 44, height: 34 },
        this.#problem || this.#folder,
        {
          dim: this.#problem === '',
        },
      ),
      ...this.#entries(list),
    ];
  }

  key(stroke: KeyStroke): void {
    if (stroke.key === 'escape') this.options.cancel();
    else if (stroke.key === 'enter') this.#accept();
    else editText(this.fileName, stroke, { clipboard: this.host.clipboard });
  }

  #verb(): string {
    return this.options.title === 'Open File' ? 'Open' : 'Save';
  }

  #places(area: Rect): Control[] {
    return PLACES.map(([name, path], index) =>
      row({ ...area, y: area.y + index * ROW_HEIGHT, height: ROW_HEIGHT }, name, {
        icon: 'folder',
        selected: path === this.#folder,
        activate: () => this.#enter(path),
      }),
    );
  }

  #entries(area: Rect): Control[] {
    const { files } = this.host;
    const names = files.list(this.#folder).filter((name) => !name.startsWith('.'));
    const fit = Math.floor(area.height / ROW_HEIGHT);
    const scroll = (clicks: number) => {
      this.#top = Math.max(0, Math.min(names.length - fit, this.#top - clicks * 2));
    };
    const background = panel(area, (ink) => {
      fillRect(ink, area, ink.theme.field, 8);
      strokeRect(ink, area, ink.theme.border, 8);
    });
    return [
      { ...background, scroll },
      ...names.slice(this.#top, this.#top + fit).map((name, index) => {
        const folder = files.kind(posix.join(this.#folder, name)) === 'directory';
        return row({ ...area, y: area.y + index * ROW_HEIGHT, height: ROW_HEIGHT }, name, {
          icon: folder ? 'folder' : 'document',
          selected: name === this.fileName.text,
          press: () => {
            if (!folder) this.fileName.replace(0, this.fileName.text.length, name);
          },
          open: () => (folder ? this.#enter(name) : this.#accept()),
          scroll,
        });
      }),
    ];
  }

  #enter(folder: string): void {
    this.#folder = posix.resolve(this.#folder, folder);
    this.#top = 0;
    this.#problem = '';
  }

  #accept(): void {
    const name = this.fileName.text.trim().replace(/^~(?=\/|$)/, HOME);
    if (name === '') return;
    const path = posix.resolve(this.#folder, name);
    const { files } = this.host;
    if (files.kind(path) === 'directory') {
      this.#enter(path);
      this.fileName.replace(0, this.fileName.text.length, '');
    } else if (this.options.title === 'Open File' && files.kind(path) === null) {
      this.#problem = `There is no file ${path}`;
    } else if (files.kind(posix.dirname(path)) !== 'directory') {
      this.#problem = `There is no folder ${posix.dirname(path)}`;
    } else {
      this.options.accept(path);
    }
  }
}
