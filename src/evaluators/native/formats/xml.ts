/** XML documents as a tree of elements, read as strictly as Python's ElementTree reads them. */
import { SaxesParser } from 'saxes';
import { PythonError } from '../../python/errors.js';
import { readBytes } from '../../python/text.js';
import { decodeXml } from './xml-encoding.js';

export interface XmlElement {
  /** Local name, without the prefix. */
  name: string;
  /** Namespace URI, '' for none. */
  namespace: string;
  /** By local name, or by `{namespace}name` for those that are in one. */
  attributes: ReadonlyMap<string, string>;
  /** Text before the first child, as ElementTree's `.text`; '' for none. */
  text: string;
  children: XmlElement[];
}

/** How lxml reads a document, where that is not as ElementTree does. */
export const LXML = { error: 'XMLSyntaxError', keepsComments: true };

/** Throws ParseError for what is not well-formed. Comments are dropped, unless they are kept: then an element's text ends there. */
export function parseXml(
  document: string,
  { error, keepsComments } = { error: 'ParseError', keepsComments: false },
): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  parser.on('error', (cause) => {
    throw new PythonError(error, cause.message, { cause });
  });
  parser.on('opentag', ({ local, uri, attributes }) => {
    const element: XmlElement = {
      name: local,
      namespace: uri,
      attributes: readAttributes(attributes),
      text: '',
      children: [],
    };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  const interrupted = new Set<XmlElement>();
  const addText = (text: string): void => {
    const element = open.at(-1);
    if (element && element.children.length === 0 && !interrupted.has(element)) element.text += text;
  };
  const interrupt = (): void => {
    const element = open.at(-1);
    if (keepsComments && element) interrupted.add(element);
  };
  parser.on('comment', interrupt);
  parser.on('processinginstruction', interrupt);
  parser.on('text', addText);
  parser.on('cdata', addText);
  // A byte order mark is not a part of the document.
  parser.write(document.replace(/^\uFEFF/, '')).close();
  if (!root) throw new PythonError(error, 'no element found');
  return root;
}

/** `ElementTree.parse(path).getroot()`. */
export async function readXml(path: unknown): Promise<XmlElement> {
  return parseXml(decodeXml(await readBytes(path)));
}

/** Descendants of `element` with this name, in document order, `element` itself not included. */
export function descendants(element: XmlElement, name: string, namespace = ''): XmlElement[] {
  const found: XmlElement[] = [];
  // Not recursive: a document may be nested as deeply as it likes.
  const open = element.children.toReversed();
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (one.name === name && one.namespace === namespace) found.push(one);
    for (let index = one.children.length - 1; index >= 0; index -= 1)
      open.push(one.children[index] as XmlElement);
  }
  return found;
}

/** Children of `element` with this name. */
export function children(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name && child.namespace === '');
}

function readAttributes(
  attributes: Record<string, { local: string; uri: string; value: string }>,
): Map<string, string> {
  return new Map(
    Object.values(attributes).map(({ local, uri, value }) => [
      uri === '' ? local : `{${uri}}${local}`,
      value,
    ]),
  );
}
