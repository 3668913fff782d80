/** Metrics on VLC: its settings file (vlcrc), what it plays, and its window. */

import { basename } from 'node:path/posix';
import { strip } from '../../../python/text.js';
import { orElse, PythonError } from '../../python/errors.js';
import { decode, readBytes } from '../../python/text.js';
import { urlparse } from '../../python/url.js';
import { equals, int, item, str, text } from '../../python/values.js';
import { children, parseXml, type XmlElement } from '../formats/xml.js';
import type { Metric } from './metric.js';

/** VLC's colours of the volume slider: RGB triples. */
const DEFAULT_SLIDER_COLOURS = '153;210;153;20;210;20;255;199;15;245;39;29';

/** The value of `key` in vlcrc is `rule[expected_...]`. A line that is commented out counts as well. */
function checkSetting(key: string, fallback: string, normalize = (value: string): string => value): Metric {
  return async (path, rule) => {
    const expected = item(rule, `expected_${key.replaceAll('-', '_')}`);
    const value = await readSetting(path, `${key}=`);
    return equals(
      value === undefined ? fallback : normalize(value),
      isInt(expected) ? str(expected) : expected,
    );
  };
}

export const checkQtBgcone = checkSetting('qt-bgcone', '1');
export const checkQtMaxVolume = checkSetting('qt-max-volume', '125');
export const checkQtMinimalView = checkSetting('qt-minimal-view', '0');
export const checkOneInstanceWhenStartedFromFile = checkSetting('one-instance-when-started-from-file', '1');
/** Any key is 1, none 0. */
export const checkGlobalKeyPlayPause = checkSetting('global-key-play-pause', '0', (key) =>
  key === '' ? '0' : '1',
);

/** `type` match: these colours; blackish: every channel below 100. The reference makes colours that are not numbers a 0. */
export const checkQtSliderColours: Metric = async (path, rule) => {
  const colours = (await readSetting(path, 'qt-slider-colours')) ?? DEFAULT_SLIDER_COLOURS;
  return orElse(0, () => {
    const type = item(rule, 'type');
    if (type === 'match') return equals(colours, item(rule, 'expected_qt_slider_colours'));
    return type === 'blackish' ? isBlackish(colours) : null;
  });
};

/** Only lines that are not commented out count here, and the first of them decides. */
export const isVlcRecordingsFolder: Metric = async (path, rule) => {
  const expected = item(rule, 'recording_file_path');
  const lines = (await readLines(path)).filter((line) => !line.startsWith('#'));
  const setting = lines.find((line) => line.includes('input-record-path'));
  return setting !== undefined && equals(settingValue(setting), expected);
};

/** The window is as large as the screen. */
export const isVlcFullscreen: Metric = (window, screen) => {
  if (window === null || window === undefined || screen === null || screen === undefined) return 0;
  return ['width', 'height'].every((side) => equals(item(window, side), item(screen, side)));
};

/** VLC's status document says that it plays `file_name`, or `url`. */
export const isVlcPlaying: Metric = async (path, rule) => {
  const status = parseXml(decode(await readBytes(path)));
  const [state] = children(status, 'state');
  if (!state) throw new PythonError('AttributeError', "'NoneType' object has no attribute 'text'");
  if (state.text !== 'playing') return 0;
  const type = item(rule, 'type');
  if (type === 'file_name') return playsFile(status, text(item(rule, 'file_name')));
  return type === 'url' ? playsUrl(status, text(item(rule, 'url'))) : 0;
};

function playsFile(status: XmlElement, name: string): boolean {
  const playing = firstInfo(status, [
    ['meta', 'filename'],
    ['meta', 'title'],
    ['meta', 'uri'],
    ['meta', 'location'],
    ['meta', 'name'],
  ]);
  return playing?.endsWith(name) ?? false;
}

/** Of a stream VLC often shows nothing but the name of the playlist. */
function playsUrl(status: XmlElement, url: string): boolean {
  const playing = firstInfo(status, [
    ['meta', 'url'],
    ['meta', 'URI'],
    ['meta', 'location'],
    ['meta', 'title'],
    ['meta', 'filename'],
    ['Stream 0', 'Codec'],
    ['Stream 0', 'Type'],
    ['Stream 0', 'Language'],
  ]);
  if (playing === undefined) return false;
  const wanted = urlparse(url);
  if (playing.includes(url) || playing === basename(wanted.path)) return true;
  const actual = urlparse(playing);
  return playing.includes('://') && actual.netloc === wanted.netloc && actual.path.includes(wanted.path);
}

/** The first of these (category, info) that has a text. */
function firstInfo(status: XmlElement, places: readonly (readonly [string, string])[]): string | undefined {
  const categories = children(status, 'information').flatMap((information) =>
    children(information, 'category'),
  );
  const texts = places.map(([category, info]) => {
    const named = categories.filter(({ attributes }) => attributes.get('name') === category);
    const infos = named.flatMap((element) => children(element, 'info'));
    return infos.find(({ attributes }) => attributes.get('name') === info)?.text;
  });
  return texts.find((found) => found !== undefined && found !== '');
}

/** The last line with `mark` decides. */
async function readSetting(path: unknown, mark: string): Promise<string | undefined> {
  const setting = (await readLines(path)).findLast((line) => line.includes(mark));
  return setting === undefined ? undefined : settingValue(setting);
}

async function readLines(path: unknown): Promise<string[]> {
  return decode(await readBytes(path)).split('\n');
}

function settingValue(line: string): string {
  return strip(line.slice(line.lastIndexOf('=') + 1));
}

function isInt(value: unknown): boolean {
  return typeof value === 'boolean' || Number.isInteger(value);
}

function isBlackish(colours: string): boolean {
  const channels = colours.split(';').map(int);
  return channels.slice(0, channels.length - (channels.length % 3)).every((channel) => channel < 100);
}
