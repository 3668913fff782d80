/** The text editor: a text, the file that it came from, and saving it. */
import { isUtf8 } from 'node:buffer';
import { posix } from 'node:path';
import { FileError } from '../file-error.js';
import { GuestError } from '../machine.js';
import type { Control } from './control.js';
import { HOME } from './files/home.js';
import type { MemoryFiles } from './files/memory-files.js';
import type { Rect } from './geometry.js';
import type { KeyStroke } from './input/keystroke.js';
import { drawText, fillRect } from './paint/draw.js';
import { uiFont } from './paint/fonts.js';
import { COLORS } from './paint/theme.js';
import { button } from './surfaces/buttons.js';
import { scrollToCaret, type TextAreaState, textArea, viewOf } from './text/area.js';
import { LONGEST_TEXT, TextBuffer } from './text/buffer.js';
import { type Clipboard, editText } from './text/editing.js';

/** The desktop, as an editor sees it. */
export interface EditorHost {
  readonly files: MemoryFiles;
  readonly clipboard: Clipboard;
  /** Says something on the screen. */
  notify(text: string): void;
}

const STATUS_HEIGHT = 32;
/** From the right: the window's buttons have their place first. */
const SAVE_BUTTON = { fromRight: 178, width: 84, height: 34 };

export class Editor {
  /** Name of the application in the accessibility tree, as OSWorld's desktops have it. */
  readonly accessibleName = 'gedit';
  readonly wmClass = ['gedit', 'Gedit'] as const;
  readonly path: string;
  readonly #host: EditorHost;
  readonly #area: TextAreaState;
  /** What the file holds; null while there is none. */
  #saved: string | null;
  /** The unsaved text about which it was said what closing does. */
  #warnedOf: string | null = null;

  /** `text`: what the file holds; null for a new document, whose file is made when it is saved. */
  constructor(host: EditorHost, path: string, text: string | null) {
    this.#host = host;
    this.path = path;
    this.#saved = text;
    this.#area = { buffer: new TextBuffer(text ?? ''), top: 0 };
  }

  /** Of the window, as the window manager knows it. */
  title(): string {
    const folder = this.#saved === null ? '' : ` (${posix.dirname(this.path).replace(HOME, '~')})`;
    return `${this.heading()}${folder} - Text Editor`;
  }

  /** In the header bar. */
  heading(): string {
    return `${this.#dirty() ? '*' : ''}${posix.basename(this.path)}`;
  }

  saveButton(header: Rect): Control {
    const { fromRight, ...size } = SAVE_BUTTON;
    const bounds = { ...size, x: header.x + header.width - fromRight, y: header.y + 7 };
    return button(bounds, 'Save', () => this.#save());
  }

  controls(area: Rect, focused: boolean): Control[] {
    const status: Rect = { ...area, y: area.y + area.height - STATUS_HEIGHT, height: STATUS_HEIGHT };
    const middle = status.y + STATUS_HEIGHT / 2;
    const style = { font: uiFont(14), color: COLORS.dimText };
    return [
      textArea(textBounds(area), 'Document', this.#area, focused),
      {
        role: 'panel',
        name: '',
        bounds: status,
        draw: (ink) => {
          fillRect(ink, status, COLORS.statusBar);
          drawText(ink, 'Plain Text', status.x + 16, middle, style);
          const right = status.x + status.width - 16;
          drawText(ink, this.#position(), right, middle, { ...style, align: 'right' });
        },
      },
    ];
  }

  key(stroke: KeyStroke, area: Rect): void {
    if (stroke.control && stroke.key === 's') {
      this.#save();
      return;
    }
    const bounds = textBounds(area);
    const { rows, page } = viewOf(this.#area, bounds);
    editText(this.#area.buffer, stroke, { clipboard: this.#host.clipboard, rows, page });
    scrollToCaret(this.#area, viewOf(this.#area, bounds));
  }

  /** Unsaved changes are lost only by whoever closes a second time. */
  mayClose(): boolean {
    const { text } = this.#area.buffer;
    if (!this.#dirty() || this.#warnedOf === text) return true;
    this.#warnedOf = text;
    this.#host.notify(
      `“${posix.basename(this.path)}” is not saved: Ctrl+S saves it, closing again discards it`,
    );
    return false;
  }

  #save(): void {
    const { text } = this.#area.buffer;
    try {
      this.#host.files.write(this.path, Buffer.from(text));
      this.#saved = text;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.#host.notify(`Could not save ${this.path}: ${error.reason}`);
    }
  }

  #dirty(): boolean {
    return this.#area.buffer.text !== (this.#saved ?? '');
  }

  #position(): string {
    const { buffer } = this.#area;
    const before = buffer.text.slice(0, buffer.caret).split('\n');
    return `Ln ${before.length}, Col ${(before.at(-1)?.length ?? 0) + 1}`;
  }
}

function textBounds(area: Rect): Rect {
  return { ...area, height: area.height - STATUS_HEIGHT };
}

/** Throws GuestError when the file is none that the editor can show. */
export function readText(files: MemoryFiles, path: string): string {
  const data = files.read(path);
  if (data.length > LONGEST_TEXT) throw new GuestError(`${path} is too large for the text editor`);
  const text = data.toString();
  if (!isUtf8(data) || text.includes('\0'))
    throw new GuestError(`no application of this desktop opens ${path}`);
  return text;
}
