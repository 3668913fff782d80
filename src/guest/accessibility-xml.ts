/** The XML that OSWorld's agent makes of AT-SPI's tree (guest-api.md §2). */
import type { Point, Size } from './machine.js';

const NAMESPACE = 'https://accessibility.ubuntu.example.org/ns';
const PREFIXES = {
  st: 'state',
  attr: 'attributes',
  cp: 'component',
  doc: 'document',
  docattr: 'document/attributes',
  txt: 'text',
  val: 'value',
  act: 'action',
};
/** Everything there is is drawn, so that it can be used. */
const COMMON_STATES = ['enabled', 'sensitive', 'showing', 'visible'];

/** The root element around `applications`. */
export function desktopFrame(applications: readonly string[]): string {
  const namespaces = Object.entries(PREFIXES).map(
    ([prefix, name]) => `xmlns:${prefix}="${NAMESPACE}/${name}"`,
  );
  return `<desktop-frame ${namespaces.join(' ')}>${applications.join('')}</desktop-frame>`;
}

/** `tag`: a role; its spaces become dashes. */
export function element(tag: string, attributes: Readonly<Record<string, string>>, content: string): string {
  const name = tag.replaceAll(' ', '-');
  const text = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(value)}"`);
  return content === '' ? `<${name}${text.join('')}/>` : `<${name}${text.join('')}>${content}</${name}>`;
}

export function states(own: readonly string[]): Record<string, string> {
  return Object.fromEntries([...COMMON_STATES, ...own].map((state) => [`st:${state}`, 'true']));
}

/** Python's `str` of two pairs. */
export function component({ x, y, width, height }: Point & Size): Record<string, string> {
  const pair = (a: number, b: number) => `(${Math.round(a)}, ${Math.round(b)})`;
  return { 'cp:screencoord': pair(x, y), 'cp:size': pair(width, height) };
}

/** Characters that XML cannot carry are left out. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffb\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
