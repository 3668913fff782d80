/** The graphical session: which windows there are, which one is active, what is said on the screen. */
import { posix } from 'node:path';
import { GuestError, type Point, type Size } from '../machine.js';
import type { PracticeClock } from './clock.js';
import { Editor, type EditorHost, readText } from './editor.js';
import { DOCUMENTS_FOLDER } from './files/home.js';
import type { MemoryFiles } from './files/memory-files.js';
import { firstFrame, insideOf, workArea } from './layout.js';
import { desktopIconsLayer, type IconsHost } from './surfaces/desktop-icons.js';
import type { Layer } from './surfaces/layer.js';
import { noticeLayer, panelLayer } from './surfaces/panel.js';
import { DesktopWindow, type WindowActions } from './surfaces/window.js';

const FIRST_WINDOW_ID = 0x02000003;
/** More than this is a mistake of the one who opens them. */
const MAX_WINDOWS = 16;

export class Session implements EditorHost, IconsHost {
  readonly clipboard = { text: '' };
  readonly files: MemoryFiles;
  size: Size;
  pointer: Point;
  /** From the back to the front. */
  windows: DesktopWindow[] = [];
  /** The window that has the keyboard; null when the desktop has it. */
  active: DesktopWindow | null = null;
  selectedIcon: string | null = null;
  readonly #clock: PracticeClock;
  #notice: string | null = null;
  #opened = 0;

  constructor(size: Size, files: MemoryFiles, clock: PracticeClock) {
    this.size = size;
    this.pointer = { x: Math.floor(size.width / 2), y: Math.floor(size.height / 2) };
    this.files = files;
    this.#clock = clock;
  }

  /** From the back to the front: what is drawn, pointed at and read. */
  layers(): Layer[] {
    const screen = { x: 0, y: 0, ...this.size };
    const actions: WindowActions = {
      focus: (window) => this.activate(window),
      close: (window) => this.requestClose(window),
      toggleMaximized: (window) => window.toggleMaximized(workArea(this.size)),
    };
    return [
      desktopIconsLayer(this),
      ...this.windows.map((window) => window.layer(window === this.active, screen, actions)),
      panelLayer(this.size, this.#clock.now()),
      ...(this.#notice === null ? [] : [noticeLayer(this.size, this.#notice)]),
    ];
  }

  /** As a person does it: what cannot be opened is said on the screen. */
  open(path: string): void {
    try {
      this.openFile(path);
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      this.notify(`Cannot open “${posix.basename(path)}”`);
    }
  }

  /** Throws GuestError when the path is missing or the editor cannot show it. */
  openFile(path: string): void {
    this.#show(new Editor(this, path, readText(this.files, path)));
  }

  newDocument(): void {
    const taken = (path: string) =>
      this.files.kind(path) !== null || this.windows.some(({ editor }) => editor.path === path);
    let number = 1;
    const path = () => posix.join(DOCUMENTS_FOLDER, `Untitled Document ${number}`);
    while (taken(path())) number += 1;
    this.#show(new Editor(this, path(), null));
  }

  /** Brings a window to the front, or takes the keyboard from all of them. */
  activate(window: DesktopWindow | null): void {
    this.active = window;
    if (window) this.windows = [...this.windows.filter((other) => other !== window), window];
  }

  requestClose(window: DesktopWindow): void {
    this.activate(window);
    if (!window.editor.mayClose()) return;
    this.windows = this.windows.filter((other) => other !== window);
    this.active = this.windows.at(-1) ?? null;
  }

  notify(text: string): void {
    this.#notice = text;
  }

  /** A key or a button of the mouse went down. */
  dismissNotice(): void {
    this.#notice = null;
  }

  resize(size: Size): void {
    this.size = size;
    for (const window of this.windows) window.frame = insideOf(workArea(size), window.frame);
    this.pointer = {
      x: Math.min(this.pointer.x, size.width - 1),
      y: Math.min(this.pointer.y, size.height - 1),
    };
  }

  #show(editor: Editor): void {
    if (this.windows.length >= MAX_WINDOWS) throw new GuestError(`more than ${MAX_WINDOWS} windows are open`);
    const id = `0x${(FIRST_WINDOW_ID + this.#opened * 0x200000).toString(16).padStart(8, '0')}`;
    this.#opened += 1;
    const window = new DesktopWindow(id, editor, firstFrame(this.windows.length, this.size));
    this.windows.push(window);
    this.activate(window);
  }
}
