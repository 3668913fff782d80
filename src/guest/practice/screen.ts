/** The screen of the simulated desktop: paints the session and gives it as PNG and as accessibility tree. */
import { type Canvas, createCanvas } from '@napi-rs/canvas';
import { coverImage } from '../cover-image.js';
import { GuestError, type GuestScreen, type Point, type Size } from '../machine.js';
import { PngEncoder } from '../png.js';
import { accessibilityXml } from './accessibility.js';
import { Terminal } from './apps/terminal.js';
import { drawCursor } from './paint/cursor.js';
import { clipped, fillRect, type Ink } from './paint/draw.js';
import { registerFonts } from './paint/fonts.js';
import { DARK, LIGHT } from './paint/theme.js';
import { drawWallpaper } from './paint/wallpaper.js';
import type { Session } from './session.js';
import { COLOR_SCHEME, NIGHT_LIGHT, PICTURE_URI } from './settings.js';
import { hit } from './surfaces/layer.js';

const SMALLEST: Size = { width: 640, height: 480 };
const LARGEST: Size = { width: 7680, height: 4320 };

export class PracticeScreen implements GuestScreen {
  readonly #encoder = new PngEncoder('rgba');
  #canvas: Canvas;
  #wallpaper: { key: string; image: Canvas } | null = null;

  constructor(private readonly session: Session) {
    registerFonts();
    this.#canvas = createCanvas(session.size.width, session.size.height);
  }

  async size(): Promise<Size> {
    return { ...this.session.size };
  }

  async resize(size: Size): Promise<void> {
    const fits = (side: keyof Size) => size[side] >= SMALLEST[side] && size[side] <= LARGEST[side];
    if (!fits('width') || !fits('height')) {
      throw new GuestError(
        `${size.width}x${size.height}: the screen can be ${SMALLEST.width}x${SMALLEST.height} to ${LARGEST.width}x${LARGEST.height}`,
      );
    }
    this.session.resize({ ...size });
    this.#canvas = createCanvas(size.width, size.height);
  }

  /** Painted anew each time: a picture can never be older than what it shows. The encoder keeps what did not change. */
  async screenshot(): Promise<Buffer> {
    const wallpaper = await this.#currentWallpaper();
    this.#paint(wallpaper);
    return this.#encoder.encode(this.#canvas.data(), {
      width: this.#canvas.width,
      height: this.#canvas.height,
    });
  }

  async cursor(): Promise<Point> {
    return { ...this.session.pointer };
  }

  async accessibility(): Promise<string> {
    return accessibilityXml(this.session.layers());
  }

  async terminalText(): Promise<string | null> {
    const application = this.session.active?.application;
    return application instanceof Terminal ? application.text().trimEnd() : null;
  }

  async wallpaper(): Promise<string | null> {
    return String(this.session.settings.get(PICTURE_URI)).replace(/^file:\/\//, '') || null;
  }

  async setWallpaper(path: string): Promise<void> {
    this.session.settings.set(PICTURE_URI, `file://${path}`);
  }

  #paint(wallpaper: Canvas): void {
    const context = this.#canvas.getContext('2d');
    const { session } = this;
    const ink: Ink = { context, theme: session.settings.get(COLOR_SCHEME) === 'prefer-dark' ? DARK : LIGHT };
    context.drawImage(wallpaper, 0, 0);
    const layers = session.layers();
    for (const layer of layers) {
      layer.draw(ink);
      clipped(ink, layer.bounds, layer.corners, () => {
        for (const control of layer.controls) control.draw(ink);
      });
    }
    if (session.settings.get(NIGHT_LIGHT) === true) {
      fillRect(ink, { x: 0, y: 0, ...session.size }, 'rgba(255, 140, 20, 0.16)');
    }
    drawCursor(ink, session.pointer, hit(layers, session.pointer)?.control?.cursor ?? 'arrow');
  }

  async #currentWallpaper(): Promise<Canvas> {
    const { size } = this.session;
    const path = await this.wallpaper();
    const file = path === null ? null : this.session.files.info(path);
    const key = `${path} ${file?.modified} ${size.width}x${size.height}`;
    if (this.#wallpaper?.key === key) return this.#wallpaper.image;
    const image = path !== null && file?.kind === 'file' ? await this.#wallpaperImage(path) : null;
    this.#wallpaper = { key, image: image ?? drawWallpaper(size) };
    return this.#wallpaper.image;
  }

  /** A file that is no image leaves the desktop with its own wallpaper, as a desktop does. */
  async #wallpaperImage(path: string): Promise<Canvas | null> {
    try {
      return await coverImage(this.session.files.read(path), this.session.size);
    } catch {
      return null;
    }
  }
}
