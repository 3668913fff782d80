/** The screen: what is on it as pixels, text and windows. */

import type { CursorImage } from 'x11';
import { messageOf } from '../../lib/errno.js';
import { paintDunes } from '../default-wallpaper.js';
import type { GuestScreen, MissingFeature, Point, RestLimits, Size } from '../machine.js';
import { PngEncoder } from '../png.js';
import type { AccessibilityTree } from './accessibility.js';
import type { Background } from './background.js';
import type { Connection } from './display/connection.js';
import { drawCursor } from './display/cursor.js';
import type { Framebuffer } from './display/framebuffer.js';
import { setResolution } from './display/resolution.js';
import { paintRoot } from './display/wallpaper.js';
import type { X11Files } from './files.js';
import type { ScreenRest } from './rest.js';
import type { TerminalText } from './terminal-text.js';

export interface ScreenParts {
  atRest: ScreenRest;
  connection: Connection;
  framebuffer: Framebuffer;
  tree: AccessibilityTree;
  terminal: TerminalText;
  files: X11Files;
  pointer: { position(): Promise<Point> };
  background: Background;
  /** The size that the display was started with. */
  largest: Size;
  log(line: string): void;
}

/** As Xvfb calls the one it has. */
const OUTPUT = 'screen';

export class X11Screen implements GuestScreen {
  readonly #png = new PngEncoder('bgrx');
  readonly #pictures: readonly [Buffer, Buffer];
  #busy: Promise<unknown> = Promise.resolve();
  #size: Size;
  /** The picture that was painted last; null for the one of ours. */
  #shown: string | null = null;

  readonly #parts: ScreenParts;

  constructor(parts: ScreenParts) {
    this.#parts = parts;

    this.#size = { ...parts.largest };
    const { bytes } = parts.framebuffer;
    this.#pictures = [Buffer.allocUnsafeSlow(bytes), Buffer.allocUnsafeSlow(bytes)];
  }

  async size(): Promise<Size> {
    return { ...this.#size };
  }

  async resize(size: Size): Promise<string> {
    await setResolution(this.#parts.connection, size, this.#parts.largest);
    this.#size = { ...size };
    await this.paintWallpaper();
    return OUTPUT;
  }

  rest(limits: RestLimits, signal: AbortSignal): Promise<void> {
    return this.#parts.atRest.wait({ ...limits, signal });
  }

  /** One at a time: they take turns with two buffers, of which the encoder keeps the last picture's. */
  screenshot(): Promise<Buffer> {
    const picture = this.#busy.then(() => this.#screenshot());
    this.#busy = picture.catch(() => undefined);
    return picture;
  }

  async #screenshot(): Promise<Buffer> {
    const { connection, framebuffer } = this.#parts;
    const size = this.#size;
    const [first, second] = this.#pictures;
    const picture = this.#png.holds(first) ? second : first;
    // The answer to this request comes after everything that was asked of the display before is drawn.
    const cursor = await connection.ask<CursorImage>((done) =>
      connection.extensions.fixes.GetCursorImage(done),
    );
    await framebuffer.read(size, picture);
    const pixels = picture.subarray(0, size.width * size.height * 4);
    drawCursor(pixels, size, cursor);
    return this.#png.encode(pixels, size);
  }

  cursor(): Promise<Point> {
    return this.#parts.pointer.position();
  }

  accessibility(): Promise<string> {
    return this.#parts.tree.read();
  }

  accessibilityMissing(): Promise<MissingFeature | null> {
    return this.#parts.tree.missing();
  }

  terminalText(): Promise<string | null> {
    return this.#parts.terminal.read();
  }

  wallpaper(): Promise<string | null> {
    return this.#parts.background.path();
  }

  async setWallpaper(path: string): Promise<void> {
    await this.#parts.background.choose(path);
    await this.paintWallpaper();
  }

  /** For good: also when a program of the desktop chooses another one later. */
  async showWallpaper(): Promise<void> {
    const { background } = this.#parts;
    await this.paintWallpaper();
    await background.follow(async () => {
      if ((await background.picture()) !== this.#shown) await this.paintWallpaper();
    });
  }

  async paintWallpaper(): Promise<void> {
    const { background, connection } = this.#parts;
    const path = await background.picture();
    const pixels = (path === null ? null : await this.#imagePixels(path)) ?? paintDunes(this.#size);
    await paintRoot(connection, pixels, this.#size);
    this.#shown = path;
  }

  /** BGRX of an image that covers the screen; null of one that cannot be shown. */
  async #imagePixels(path: string): Promise<Buffer | null> {
    const { files, log } = this.#parts;
    // Loaded by the first image: the canvas takes 30 MB, and most desktops keep their wallpaper.
    const { coverImage, readImageFile } = await import('../cover-image.js');
    try {
      return swapRedAndBlue(await coverImage(await readImageFile(files, path), this.#size));
    } catch (error) {
      log(`the wallpaper ${path} cannot be shown: ${messageOf(error)}`);
      return null;
    }
  }
}

function swapRedAndBlue(canvas: { data(): Buffer }): Buffer {
  const pixels = Buffer.from(canvas.data());
  for (let at = 0; at < pixels.length; at += 4) {
    const red = pixels[at] ?? 0;
    pixels[at] = pixels[at + 2] ?? 0;
    pixels[at + 2] = red;
  }
  return pixels;
}
