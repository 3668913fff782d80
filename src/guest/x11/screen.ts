/** The screen: what is on it as pixels, text and windows. */

import type { CursorImage } from 'x11';
import { messageOf } from '../../lib/errno.js';
import { paintDunes } from '../default-wallpaper.js';
import { GuestError, type GuestScreen, type MissingFeature, type Point, type Size } from '../machine.js';
import { PngEncoder } from '../png.js';
import type { AccessibilityTree } from './accessibility.js';
import type { Connection } from './display/connection.js';
import { drawCursor } from './display/cursor.js';
import type { Framebuffer } from './display/framebuffer.js';
import { setResolution } from './display/resolution.js';
import { paintRoot } from './display/wallpaper.js';
import type { X11Files } from './files.js';
import type { TerminalText } from './terminal-text.js';

export interface ScreenParts {
  connection: Connection;
  framebuffer: Framebuffer;
  tree: AccessibilityTree;
  terminal: TerminalText;
  files: X11Files;
  pointer: { position(): Promise<Point> };
  /** The size that the display was started with. */
  largest: Size;
}

export class X11Screen implements GuestScreen {
  readonly #png = new PngEncoder('bgrx');
  readonly #pictures: readonly [Buffer, Buffer];
  #busy: Promise<unknown> = Promise.resolve();
  #size: Size;
  #wallpaper: string | null = null;

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

  async resize(size: Size): Promise<void> {
    await setResolution(this.#parts.connection, size, this.#parts.largest);
    this.#size = { ...size };
    await this.paintWallpaper();
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

  async wallpaper(): Promise<string | null> {
    return this.#wallpaper;
  }

  async setWallpaper(path: string): Promise<void> {
    await paintRoot(this.#parts.connection, await this.#imagePixels(path), this.#size);
    this.#wallpaper = path;
  }

  async paintWallpaper(): Promise<void> {
    const path = this.#wallpaper;
    const pixels = path === null ? paintDunes(this.#size) : await this.#imagePixels(path);
    await paintRoot(this.#parts.connection, pixels, this.#size);
  }

  /** BGRX of an image that covers the screen. */
  async #imagePixels(path: string): Promise<Buffer> {
    const image = await this.#parts.files.read(path);
    // Loaded by the first image: the canvas takes 30 MB, and most desktops keep their wallpaper.
    const { coverImage } = await import('../cover-image.js');
    try {
      return swapRedAndBlue(await coverImage(image, this.#size));
    } catch (error) {
      throw new GuestError(`${path} is not an image that can be shown: ${messageOf(error)}`);
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
