/** Metrics on zip archives, presentations among them. */

import { decode } from '../../python/text.js';
import { int, isTrue, item, str } from '../../python/values.js';
import { descendants, parseXml } from '../formats/xml.js';
import { readZip } from '../formats/zip.js';
import { type Metric, UnavailableError } from './metric.js';

const PRESENTATION = 'http://schemas.openxmlformats.org/presentationml/2006/main';

/** The same entries with the same bytes. The reference compares the text of PDF files, which is only needed when their bytes differ. */
export const compareZipFiles: Metric = async (actual, expected) => {
  if (!isTrue(actual)) return 0;
  const entries = await readZip(actual);
  const gold = await readZip(expected);
  if (entries.size !== gold.size || [...entries.keys()].some((name) => !gold.has(name))) return 0;
  const differing = [...entries].filter(
    ([name, content]) => !Buffer.from(content).equals(gold.get(name) ?? new Uint8Array()),
  );
  if (differing.some(([name]) => !name.toLowerCase().endsWith('.pdf'))) return 0;
  if (differing.length > 0)
    throw new UnavailableError('the comparison of PDF texts by the metric compare_zip_files');
  return 1;
};

/** A slide has a transition of a type; `slide_idx` counts from 0. */
export const checkTransition: Metric = async (presentation, rules) => {
  const name = `ppt/slides/slide${int(item(rules, 'slide_idx')) + 1}.xml`;
  const slide = (await readZip(presentation, (entry) => entry === name)).get(name);
  if (!slide) return 0;
  const [transition] = descendants(parseXml(decode(slide)), 'transition', PRESENTATION);
  return (
    transition !== undefined &&
    descendants(transition, str(item(rules, 'transition_type')), PRESENTATION).length > 0
  );
};
