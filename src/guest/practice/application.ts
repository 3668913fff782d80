/** What a window shows, and what it may ask of the desktop around it. */
import type { GuestClock, Point } from '../machine.js';
import type { Control, MenuItem } from './control.js';
import type { MemoryFiles } from './files/memory-files.js';
import type { Rect } from './geometry.js';
import type { KeyStroke } from './keystroke.js';
import type { ApplicationId } from './layout.js';
import type { Settings } from './settings.js';
import type { ShellHost } from './shell/shell.js';
import type { Clipboard } from './text/editing.js';

/** A question in front of a window: nothing else of that window takes input meanwhile. */
export interface Dialog {
  name: string;
  controls(window: Rect): Control[];
  key(stroke: KeyStroke): void;
}

export interface Application {
  readonly id: ApplicationId;
  /** Name of the application in the accessibility tree, as OSWorld's desktops have it. */
  readonly accessibleName: string;
  readonly wmClass: readonly [string, string];
  readonly dialog: Dialog | null;
  /** Title of the window, as the window manager knows it. */
  title(): string;
  /** What the header bar shows. */
  heading(): string;
  /** The application's own buttons in the header bar. */
  headerControls(header: Rect): Control[];
  controls(area: Rect, focused: boolean): Control[];
  key(stroke: KeyStroke, area: Rect): void | Promise<void>;
  /** Asked to close: false when it asks the person first, and closes by itself afterwards. */
  mayClose(): boolean;
}

/** The desktop, as an application sees it. */
export interface DesktopHost {
  readonly files: MemoryFiles;
  readonly settings: Settings;
  readonly clipboard: Clipboard;
  readonly clock: GuestClock;
  /** What a shell in a terminal runs on. */
  readonly shell: ShellHost;
  /** A new window, or for the settings the one there is. `path`: the file or folder it shows. */
  launch(application: ApplicationId, path?: string): void;
  /** Opens a file or folder with its application; says on the screen when none handles it. */
  open(path: string): void;
  showMenu(items: MenuItem[], at: Point): void;
  /** Closes the window of this application without asking. */
  close(application: Application): void;
}
