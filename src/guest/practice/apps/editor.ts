/** The text editor. */
import { posix } from 'node:path';
import { FileError } from '../../file-error.js';
import type { Application, DesktopHost, Dialog } from '../application.js';
import type { Control, MenuItem } from '../control.js';
import { ConfirmDialog } from '../dialogs/confirm.js';
import { FileDialog } from '../dialogs/file-dialog.js';
import { DOCUMENTS_FOLDER, HOME } from '../files/home.js';
import type { Rect } from '../geometry.js';
import type { KeyStroke } from '../keystroke.js';
import { drawText, fillRect } from '../paint/draw.js';
import { uiFont } from '../paint/fonts.js';
import { scrollToCaret, type TextAreaState, textArea, viewOf } from '../text/area.js';
import { TextBuffer } from '../text/buffer.js';
import { editText } from '../text/editing.js';
import { button, iconButton, panel } from '../widgets.js';

const STATUS_HEIGHT = 32;
const UNTITLED = 'Untitled Document 1';

export class Editor implements Application {
  readonly id = 'editor';
  readonly accessibleName = 'gedit';
  readonly wmClass = ['gedit', 'Gedit'] as const;
  dialog: Dialog | null = null;
  readonly #area: TextAreaState;
  #path: string | null;
  #saved: string;

  /** Throws FileError when the file cannot be read. */
  constructor(
    private readonly host: DesktopHost,
    path: string | null,
  ) {
    this.#path = path;
    this.#saved = path === null ? '' : host.files.read(path).toString();
    this.#area = { buffer: new TextBuffer(this.#saved), top: 0 };
  }

  title(): string {
    const folder = posix.dirname(this.#path ?? '').replace(HOME, '~');
    return `${this.heading()}${this.#path ? ` (${folder})` : ''} - Text Editor`;
  }

  heading(): string {
    return `${this.#dirty() ? '*' : ''}${this.#fileName()}`;
  }

  headerControls(header: Rect): Control[] {
    const y = header.y + 7;
    const menu: Rect = { x: header.x + header.width - 212, y, width: 34, height: 34 };
    return [
      button({ x: header.x + 12, y, width: 84, height: 34 }, 'Open', () => this.#open()),
      button({ x: header.x + header.width - 304, y, width: 84, height: 34 }, 'Save', () => this.#save()),
      iconButton(menu, 'Menu', 'menu', () =>
        this.host.showMenu(this.#fileMenu(), { x: menu.x, y: menu.y + 40 }),
      ),
    ];
  }

  controls(area: Rect, focused: boolean): Control[] {
    const text = this.#textBounds(area);
    const status: Rect = { ...area, y: area.y + area.height - STATUS_HEIGHT, height: STATUS_HEIGHT };
    return [
      textArea(text, 'Document', this.#area, {
        focused: focused && this.dialog === null,
        menu: () => this.#editMenu(),
      }),
      panel(status, (ink) => {
        fillRect(ink, status, ink.theme.sidebar);
        const style = { font: uiFont(14), color: ink.theme.dimText };
        drawText(ink, 'Plain Text', status.x + 16, status.y + STATUS_HEIGHT / 2, style);
        drawText(ink, this.#position(), status.x + status.width - 16, status.y + STATUS_HEIGHT / 2, {
          ...style,
          align: 'right',
        });
      }),
    ];
  }

  key(stroke: KeyStroke, area: Rect): void {
    const shortcut = stroke.control
      ? this.#shortcuts()[`${stroke.shift ? 'shift ' : ''}${stroke.key}`]
      : undefined;
    if (shortcut) {
      shortcut();
      return;
    }
    const bounds = this.#textBounds(area);
    const { rows, page } = viewOf(this.#area, bounds);
    editText(this.#area.buffer, stroke, { clipboard: this.host.clipboard, rows, page });
    scrollToCaret(this.#area, viewOf(this.#area, bounds));
  }

  mayClose(): boolean {
    if (!this.#dirty()) return true;
    this.dialog = new ConfirmDialog(
      'Save Changes?',
      `“${this.#fileName()}” has changes that are not saved.`,
      [
        { label: 'Cancel', choose: () => this.#closeDialog() },
        { label: 'Discard', choose: () => this.host.close(this) },
        { label: 'Save', choose: () => this.#save(() => this.host.close(this)) },
      ],
    );
    return false;
  }

  #shortcuts(): Readonly<Record<string, () => void>> {
    return {
      s: () => this.#save(),
      'shift s': () => this.#saveAs(),
      o: () => this.#open(),
      n: () => this.host.launch('editor'),
      w: () => this.#close(),
      q: () => this.#close(),
    };
  }

  #fileMenu(): MenuItem[] {
    return [
      { label: 'New Window', shortcut: 'Ctrl+N', activate: () => this.host.launch('editor') },
      { label: 'Open…', shortcut: 'Ctrl+O', activate: () => this.#open() },
      { label: 'Save', shortcut: 'Ctrl+S', activate: () => this.#save() },
      { label: 'Save As…', shortcut: 'Shift+Ctrl+S', activate: () => this.#saveAs() },
      { label: 'Close', shortcut: 'Ctrl+W', activate: () => this.#close() },
    ];
  }

  #editMenu(): MenuItem[] {
    const { buffer } = this.#area;
    const { clipboard } = this.host;
    const copy = () => {
      if (buffer.selected !== '') clipboard.text = buffer.selected;
    };
    return [
      { label: 'Undo', shortcut: 'Ctrl+Z', activate: () => buffer.undo() },
      { label: 'Redo', shortcut: 'Shift+Ctrl+Z', activate: () => buffer.redo() },
      {
        label: 'Cut',
        shortcut: 'Ctrl+X',
        activate: () => {
          copy();
          buffer.insert('');
        },
      },
      { label: 'Copy', shortcut: 'Ctrl+C', activate: copy },
      { label: 'Paste', shortcut: 'Ctrl+V', activate: () => buffer.insert(clipboard.text) },
      { label: 'Select All', shortcut: 'Ctrl+A', activate: () => buffer.selectAll() },
    ];
  }

  #open(): void {
    this.dialog = new FileDialog(this.host, {
      title: 'Open File',
      folder: this.#folder(),
      fileName: '',
      cancel: () => this.#closeDialog(),
      accept: (path) => {
        this.#closeDialog();
        this.host.launch('editor', path);
      },
    });
  }

  #save(then: () => void = () => {}): void {
    if (this.#path === null) this.#saveAs(then);
    else this.#write(this.#path, then);
  }

  #saveAs(then: () => void = () => {}): void {
    this.dialog = new FileDialog(this.host, {
      title: 'Save As',
      folder: this.#folder(),
      fileName: this.#fileName(),
      cancel: () => this.#closeDialog(),
      accept: (path) => {
        if (this.host.files.kind(path) === null || path === this.#path) this.#write(path, then);
        else this.#confirmReplace(path, then);
      },
    });
  }

  #confirmReplace(path: string, then: () => void): void {
    this.dialog = new ConfirmDialog(
      'Replace File?',
      `A file named “${posix.basename(path)}” already exists.`,
      [
        { label: 'Cancel', choose: () => this.#closeDialog() },
        { label: 'Replace', choose: () => this.#write(path, then) },
      ],
    );
  }

  #write(path: string, then: () => void): void {
    const { text } = this.#area.buffer;
    try {
      this.host.files.write(path, Buffer.from(text));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.dialog = new ConfirmDialog('Could Not Save the File', `${path}: ${error.reason}`, [
        { label: 'OK', choose: () => this.#closeDialog() },
      ]);
      return;
    }
    this.#closeDialog();
    this.#path = path;
    this.#saved = text;
    then();
  }

  #close(): void {
    if (this.mayClose()) this.host.close(this);
  }

  #closeDialog(): void {
    this.dialog = null;
  }

  #dirty(): boolean {
    return this.#area.buffer.text !== this.#saved;
  }

  #fileName(): string {
    return this.#path === null ? UNTITLED : posix.basename(this.#path);
  }

  #folder(): string {
    return this.#path === null ? DOCUMENTS_FOLDER : posix.dirname(this.#path);
  }

  #textBounds(area: Rect): Rect {
    return { ...area, height: area.height - STATUS_HEIGHT };
  }

  #position(): string {
    const { buffer } = this.#area;
    const before = buffer.text.slice(0, buffer.caret).split('\n');
    return `Ln ${before.length}, Col ${(before.at(-1)?.length ?? 0) + 1}`;
  }
}
