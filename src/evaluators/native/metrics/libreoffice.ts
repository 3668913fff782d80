/** Metrics on LibreOffice's settings (registrymodifications.xcu) and its windows. */

import { orElse, PythonError } from '../../python/errors.js';
import { equals, int, isTrue, item, string } from '../../python/values.js';
import { children, descendants, parseXml, readXml, type XmlElement } from '../formats/xml.js';
import type { Metric } from './metric.js';

const REGISTRY = 'http://openoffice.org/2001/registry';

/** The reference makes any failure a 0. */
export const checkPresenterConsoleDisable: Metric = (path) =>
  orElse(0, async () => {
    const [setting] = properties(
      await readXml(path),
      '/org.openoffice.Office.Impress/Misc/Start',
      'EnablePresenterScreen',
    );
    return setting !== undefined && settingOf(setting).toLowerCase() === 'false';
  });

/** Null, which is not a score, for a file that is missing or not XML. */
export const checkAutoSavingTime: Metric = async (path, rules) => {
  const minutes = item(rules, 'minutes');
  const registry = await readRegistry(path);
  if (registry === null) return null;
  const setting = properties(
    registry,
    '/org.openoffice.Office.Common/Save/Document',
    'AutoSaveTimeIntervall',
  ).at(-1);
  return setting !== undefined && equals(int(settingOf(setting)), minutes);
};

/** The default font of Writer; a file that cannot be read names none. */
export const findDefaultFont: Metric = async (path, rules) => {
  const expected = item(rules, 'font_name');
  if (!isTrue(path)) return 0;
  const font = await orElse(null, async () => {
    const settings = properties(await readXml(path), '/org.openoffice.Office.Writer/DefaultFont', 'Standard');
    return settings.flatMap((setting) => children(setting, 'value')).at(-1)?.text ?? null;
  });
  return equals(font, expected);
};

/** Impress shows its slide panel when there is a document frame of this name. */
export const checkLeftPanel: Metric = (tree) => {
  const root = parseXml(string(tree));
  const frames = [...(root.name === 'document-frame' ? [root] : []), ...descendants(root, 'document-frame')];
  return frames.some(({ attributes }) => attributes.get('name') === 'Slides View');
};

/** The `prop` elements `name` of the `item` elements `path`. */
function properties(registry: XmlElement, path: string, name: string): XmlElement[] {
  return descendants(registry, 'item')
    .filter(({ attributes }) => attributes.get(`{${REGISTRY}}path`) === path)
    .flatMap((entry) => children(entry, 'prop'))
    .filter(({ attributes }) => attributes.get(`{${REGISTRY}}name`) === name);
}

function settingOf(property: XmlElement): string {
  const [value] = children(property, 'value');
  if (value) return value.text;
  throw new PythonError('AttributeError', "'NoneType' object has no attribute 'text'");
}

async function readRegistry(path: unknown): Promise<XmlElement | null> {
  try {
    return await readXml(path);
  } catch (error) {
    if (error instanceof PythonError && (error.name === 'ParseError' || error.name === 'FileNotFoundError'))
      return null;
    throw error;
  }
}
