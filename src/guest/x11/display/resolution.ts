/** Another resolution, by RANDR. The screen cannot grow beyond what the server was started with. */
import type { ModeInfo } from 'x11';
import { GuestError, type Size } from '../../machine.js';
import type { Connection } from './connection.js';

const ROTATE_0 = 1;
const SUCCESS = 0;
const CURRENT_TIME = 0;
const MILLIMETRES_PER_PIXEL = 25.4 / 96;

export async function setResolution(connection: Connection, size: Size, largest: Size): Promise<void> {
  if (size.width > largest.width || size.height > largest.height) {
    throw new GuestError(
      `the screen can be ${largest.width}x${largest.height} at most, not ${size.width}x${size.height}: start the desktop with a larger screen`,
    );
  }
  const { root } = connection;
  const { randr } = connection.extensions;
  const resources = await connection.ask<Parameters<Parameters<typeof randr.GetScreenResources>[1]>[1]>(
    (done) => randr.GetScreenResources(root, done),
  );
  const [crtc] = resources.crtcs;
  if (crtc === undefined) throw new GuestError('the display has no monitor');
  const { outputs, config_timestamp: time } = resources;
  const mode = await modeOf(connection, size, resources.modeinfos, outputs);
  await connection.ask((done) => randr.SetCrtcConfig(crtc, CURRENT_TIME, time, 0, 0, 0, ROTATE_0, [], done));
  const millimetres = (pixels: number) => Math.round(pixels * MILLIMETRES_PER_PIXEL);
  randr.SetScreenSize(root, size.width, size.height, millimetres(size.width), millimetres(size.height));
  const { status } = await connection.ask<{ status: number }>((done) =>
    randr.SetCrtcConfig(crtc, CURRENT_TIME, time, 0, 0, mode, ROTATE_0, outputs, done),
  );
  if (status !== SUCCESS)
    throw new GuestError(`the display refused ${size.width}x${size.height} (RANDR status ${status})`);
}

async function modeOf(
  connection: Connection,
  { width, height }: Size,
  modes: readonly ModeInfo[],
  outputs: readonly number[],
): Promise<number> {
  const known = modes.find((mode) => mode.width === width && mode.height === height);
  if (known) return known.id;
  const { randr } = connection.extensions;
  // A refresh rate is computed from these; a screen without a monitor needs no blanking.
  const timing = { dot_clock: width * height * 60, h_total: width, v_total: height };
  const mode = await connection.ask<number>((done) =>
    randr.CreateMode(connection.root, { width, height, name: `${width}x${height}`, ...timing }, done),
  );
  for (const output of outputs) randr.AddOutputMode(output, mode);
  return mode;
}
