/** Metrics on zip archives, presentations among them. */

import { int, isTrue, item, str } from '../../python/values.js';
import { descendants, parseXml } from '../formats/xml.js';
import { decodeXml } from '../formats/xml-encoding.js';
import { ZipArchive } from '../formats/zip.js';
import { type Metric, UnavailableError } from './metric.js';

const PRESENTATION = 'http://schemas.openxmlformats.org/presentationml/2006/main';

/** The same entries with the same bytes. The reference compares the text of PDF files, which is only needed when their bytes differ. */
export const compareZipFiles: Metric = async (actual, expected) => {
  if (!isTrue(actual)) return 0;
  const archive = await ZipArchive.open(actual);
  const gold = await ZipArchive.open(expected);
  const { names } = archive;
  if (names.size !== gold.names.size || [...names].some((name) => !gold.names.has(name))) return 0;
  const differing = [...names].filter((name) => !archive.read(name).equals(gold.read(name)));
  if (differing.some((name) => !name.toLowerCase().endsWith('.pdf'))) return 0;
  if (differing.length > 0)
    throw new UnavailableError('the comparison of PDF texts by the metric compare_zip_files');
  return 1;
};

/** A slide has a transition of a type; `slide_idx` counts from 0. */
export const checkTransition: Metric = async (presentation, rules) => {
  const number = int(item(rules, 'slide_idx')) + 1;
  const type = str(item(rules, 'transition_type'));
  const archive = await ZipArchive.open(presentation);
  const name = `ppt/slides/slide${number}.xml`;
  if (!archive.names.has(name)) return 0;
  const [transition] = descendants(parseXml(decodeXml(archive.read(name))), 'transition', PRESENTATION);
  return transition !== undefined && descendants(transition, type, PRESENTATION).length > 0;
};
