/** The graphical session: which windows there are, which one is active, which menu is open. */
import { posix } from 'node:path';
import { GuestError, type Point, type Size } from '../machine.js';
import type { Application, DesktopHost } from './application.js';
import { Editor } from './apps/editor.js';
import { FileManager } from './apps/files.js';
import { SettingsWindow } from './apps/settings.js';
import { Terminal } from './apps/terminal.js';
import type { PracticeClock } from './clock.js';
import type { MenuItem } from './control.js';
import { HOME } from './files/home.js';
import type { MemoryFiles } from './files/memory-files.js';
import { type ApplicationId, firstFrame, workArea } from './layout.js';
import type { Settings } from './settings.js';
import type { ShellHost } from './shell/shell.js';
import { desktopIconsLayer } from './surfaces/desktop-icons.js';
import { dockLayer } from './surfaces/dock.js';
import type { Layer } from './surfaces/layer.js';
import { menuLayer, type OpenMenu } from './surfaces/menu.js';
import { type Overview, overviewLayer } from './surfaces/overview.js';
import { panelLayer } from './surfaces/panel.js';
import { DesktopWindow } from './surfaces/window.js';
import { TextBuffer } from './text/buffer.js';
import type { Clipboard } from './text/editing.js';

export interface SessionParts {
  size: Size;
  clock: PracticeClock;
  files: MemoryFiles;
  settings: Settings;
  environment: Readonly<Record<string, string>>;
  shell: ShellHost;
}

const FIRST_WINDOW_ID = 0x02000003;
/** More than this is a mistake of the one who opens them. */
const MAX_WINDOWS = 64;

export class Session implements DesktopHost {
  readonly clipboard: Clipboard = { text: '' };
  readonly clock: PracticeClock;
  readonly files: MemoryFiles;
  readonly settings: Settings;
  readonly shell: ShellHost;
  size: Size;
  pointer: Point;
  /** From the back to the front. */
  windows: DesktopWindow[] = [];
  /** The window that has the keyboard; null when the desktop has it. */
  active: DesktopWindow | null = null;
  menu: OpenMenu | null = null;
  overview: Overview | null = null;
  /** Path of the desktop icon that is selected. */
  selectedIcon: string | null = null;
  readonly #environment: Readonly<Record<string, string>>;
  #opened = 0;

  constructor({ size, clock, files, settings, environment, shell }: SessionParts) {
    this.size = size;
    this.pointer = { x: Math.floor(size.width / 2), y: Math.floor(size.height / 2) };
    this.clock = clock;
    this.files = files;
    this.settings = settings;
    this.shell = shell;
    this.#environment = environment;
  }

  /** From the back to the front: what is drawn, pointed at and read. */
  layers(): Layer[] {
    const screen = { x: 0, y: 0, ...this.size };
    const actions = {
      focus: (window: DesktopWindow) => (window.minimized ? this.#activateTop() : this.activate(window)),
      close: (window: DesktopWindow) => this.requestClose(window),
      toggleMaximized: (window: DesktopWindow) => this.toggleMaximized(window),
    };
    return [
      desktopIconsLayer(this),
      ...this.windows
        .filter(({ minimized }) => !minimized)
        .map((window) => window.layer(window === this.active && !this.overview, screen, actions)),
      ...(this.overview ? [overviewLayer(this, this.overview)] : []),
      dockLayer(this),
      panelLayer(this),
      ...(this.menu ? [menuLayer(this, this.menu)] : []),
    ];
  }

  launch(application: ApplicationId, path?: string): void {
    const running = this.windows.filter((window) => window.application.id === application);
    const single = application === 'settings' ? running[0] : undefined;
    if (single) {
      this.activate(single);
      return;
    }
    if (this.windows.length >= MAX_WINDOWS) throw new GuestError(`more than ${MAX_WINDOWS} windows are open`);
    const id = `0x${(FIRST_WINDOW_ID + this.#opened * 0x200000).toString(16).padStart(8, '0')}`;
    this.#opened += 1;
    const frame = firstFrame(application, running.length, this.size);
    const window = new DesktopWindow(id, this.#create(application, path), frame);
    this.windows.push(window);
    this.activate(window);
  }

  /** As a person does it: what cannot be opened is said on the screen. */
  open(path: string): void {
    try {
      this.openWithApplication(path);
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      this.showMenu([{ label: `Cannot open “${posix.basename(path)}”`, activate: () => {} }], this.pointer);
    }
  }

  /** Throws GuestError when the path is missing or no application handles it. */
  openWithApplication(path: string): void {
    if (this.files.kind(path) === 'directory') this.launch('files', path);
    else if (isText(this.files.read(path))) this.launch('editor', path);
    else throw new GuestError(`no application of this desktop opens ${path}`);
  }

  /** Brings a window to the front, or takes the keyboard from all of them. */
  activate(window: DesktopWindow | null): void {
    this.active = window;
    if (!window) return;
    window.minimized = false;
    this.windows = [...this.windows.filter((other) => other !== window), window];
  }

  requestClose(window: DesktopWindow): void {
    this.activate(window);
    if (window.application.dialog === null && window.application.mayClose()) this.close(window.application);
  }

  close(application: Application): void {
    this.windows = this.windows.filter((window) => window.application !== application);
    if (this.active?.application === application) this.#activateTop();
  }

  toggleMaximized(window: DesktopWindow): void {
    if (window.maximized) window.restore();
    else window.fill(workArea(this.size));
  }

  showMenu(items: MenuItem[], at: Point): void {
    this.menu = { items, at, chosen: -1 };
  }

  closeMenu(): void {
    this.menu = null;
  }

  async choose(item: MenuItem): Promise<void> {
    this.closeMenu();
    await item.activate();
  }

  toggleOverview(): void {
    this.overview = this.overview ? null : { query: new TextBuffer() };
  }

  selectIcon(path: string | null): void {
    this.selectedIcon = path;
  }

  resize(size: Size): void {
    this.size = size;
    for (const window of this.windows) {
      const { x, y, width, height } = workArea(size);
      const fitted = {
        width: Math.min(window.frame.width, width),
        height: Math.min(window.frame.height, height),
      };
      window.frame = {
        ...fitted,
        x: Math.max(x, Math.min(window.frame.x, x + width - fitted.width)),
        y: Math.max(y, Math.min(window.frame.y, y + height - fitted.height)),
      };
    }
    this.pointer = {
      x: Math.min(this.pointer.x, size.width - 1),
      y: Math.min(this.pointer.y, size.height - 1),
    };
  }

  #activateTop(): void {
    this.active = this.windows.findLast(({ minimized }) => !minimized) ?? null;
  }

  #create(application: ApplicationId, path: string | undefined): Application {
    switch (application) {
      case 'files':
        return new FileManager(this, path ?? HOME);
      case 'editor':
        return new Editor(this, path ?? null);
      case 'terminal':
        return new Terminal(this, this.#environment, posix.resolve(path ?? HOME));
      case 'settings':
        return new SettingsWindow(this);
    }
  }
}

function isText(data: Buffer): boolean {
  if (data.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(data);
    return true;
  } catch {
    return false;
  }
}
