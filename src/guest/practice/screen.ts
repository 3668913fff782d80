/** The screen of the practice desktop: paints the session and gives it as PNG and as accessibility tree. */
import { posix } from 'node:path';
import { type Canvas, createCanvas } from '@napi-rs/canvas';
import { coverImage } from '../cover-image.js';
import { GuestError, type GuestScreen, type Point, type Size } from '../machine.js';
import { PngEncoder } from '../png.js';
import { accessibilityXml } from './accessibility.js';
import { drawCursor } from './paint/cursor.js';
import { clipped } from './paint/draw.js';
import { registerFonts } from './paint/fonts.js';
import { drawWallpaper } from './paint/wallpaper.js';
import type { Session } from './session.js';
import { hit } from './surfaces/layer.js';

const SMALLEST: Size = { width: 640, height: 480 };
/** A file from when somebody asks for it on: most desktops are never asked. */
const DEFAULT_WALLPAPER = '/usr/share/backgrounds/dunes.png';
const LARGEST: Size = { width: 7680, height: 4320 };

export class PracticeScreen implements GuestScreen {
  readonly #session: Session;
  readonly #encoder = new PngEncoder('rgba');
  #canvas: Canvas;
  #wallpaperPath: string | null = null;
  /** The wallpaper as it is drawn, and from what. */
  #background: { size: Size; file: Buffer | null; image: Canvas } | null = null;

  constructor(session: Session) {
    registerFonts();
    this.#session = session;
    this.#canvas = createCanvas(session.size.width, session.size.height);
  }

  async size(): Promise<Size> {
    return { ...this.#session.size };
  }

  /** What an action changes, it changes at once. */
  async rest(): Promise<void> {}

  async resize(size: Size): Promise<string> {
    const fits = (side: keyof Size) => size[side] >= SMALLEST[side] && size[side] <= LARGEST[side];
    if (!fits('width') || !fits('height')) {
      throw new GuestError(
        `${size.width}x${size.height}: the screen can be ${SMALLEST.width}x${SMALLEST.height} to ${LARGEST.width}x${LARGEST.height}`,
      );
    }
    this.#session.resize({ ...size });
    this.#canvas = createCanvas(size.width, size.height);
    return 'screen';
  }

  /** Painted again each time: a picture can never be older than what it shows. The encoder keeps what did not change. */
  async screenshot(): Promise<Buffer> {
    this.#paint(await this.#currentBackground());
    const { width, height } = this.#canvas;
    return this.#encoder.encode(this.#canvas.data(), { width, height });
  }

  async cursor(): Promise<Point> {
    return { ...this.#session.pointer };
  }

  async accessibility(): Promise<string> {
    return accessibilityXml(this.#session.layers());
  }

  async accessibilityMissing(): Promise<null> {
    return null;
  }

  /** There is no terminal here. */
  async terminalText(): Promise<null> {
    return null;
  }

  async wallpaper(): Promise<string> {
    if (this.#wallpaperPath !== null) return this.#wallpaperPath;
    const { files, size } = this.#session;
    if (files.kind(DEFAULT_WALLPAPER) === null) {
      files.makeFolder(posix.dirname(DEFAULT_WALLPAPER), { parents: true });
      files.write(DEFAULT_WALLPAPER, drawWallpaper(size).toBuffer('image/png'));
    }
    return DEFAULT_WALLPAPER;
  }

  async setWallpaper(path: string): Promise<void> {
    this.#wallpaperPath = path;
  }

  #paint(background: Canvas): void {
    const ink = this.#canvas.getContext('2d');
    const session = this.#session;
    ink.drawImage(background, 0, 0);
    const layers = session.layers();
    for (const { bounds, corners = 0, controls, draw } of layers) {
      draw?.(ink);
      clipped(ink, bounds, corners, () => {
        for (const control of controls) control.draw(ink);
      });
    }
    drawCursor(ink, session.pointer, hit(layers, session.pointer)?.control?.cursor ?? 'arrow');
  }

  async #currentBackground(): Promise<Canvas> {
    const { files, size } = this.#session;
    const path = this.#wallpaperPath;
    const file = path !== null && files.kind(path) === 'file' ? files.read(path) : null;
    const drawn = this.#background;
    if (drawn?.size === size && drawn.file === file) return drawn.image;
    // A file that is not an image leaves the desktop with its own wallpaper, as a desktop does.
    const image = file === null ? null : await coverImage(file, size).catch(() => null);
    this.#background = { size, file, image: image ?? drawWallpaper(size) };
    return this.#background.image;
  }
}
