/** The accessibility tree of the simulated desktop, in the XML that OSWorld's agent makes of AT-SPI's (guest-api.md §2). */
import type { Control } from './control.js';
import type { Rect } from './geometry.js';
import type { Layer } from './surfaces/layer.js';

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
/** Every control is drawn, so that it can be used. */
const COMMON_STATES = ['enabled', 'sensitive', 'showing', 'visible'];

export function accessibilityXml(layers: readonly Layer[]): string {
  const namespaces = Object.entries(PREFIXES).map(
    ([prefix, name]) => `xmlns:${prefix}="${NAMESPACE}/${name}"`,
  );
  const applications = [...new Set(layers.map(({ application }) => application))];
  const nodes = applications.map((name) => {
    const own = layers.filter(({ application }) => application === name);
    return element('application', { name, ...states([]) }, own.map(layerXml).join(''));
  });
  return `<desktop-frame ${namespaces.join(' ')}>${nodes.join('')}</desktop-frame>`;
}

function layerXml({ frame, bounds, controls }: Layer): string {
  const children = controls.map(controlXml).join('');
  if (!frame) return children;
  const attributes = { name: frame.title, ...states(frame.active ? ['active'] : []), ...component(bounds) };
  return element('frame', attributes, children);
}

function controlXml(control: Control): string {
  const actions = control.activate || control.open ? { 'act:click_desc': '', 'act:click_kb': '' } : {};
  const attributes = {
    name: control.name,
    ...states(control.states ?? []),
    ...component(control.bounds),
    ...actions,
  };
  return element(control.role.replaceAll(' ', '-'), attributes, escapeXml(control.text ?? ''));
}

function states(own: readonly string[]): Record<string, string> {
  return Object.fromEntries([...COMMON_STATES, ...own].map((state) => [`st:${state}`, 'true']));
}

/** Python's `str` of two pairs. */
function component({ x, y, width, height }: Rect): Record<string, string> {
  const pair = (a: number, b: number) => `(${Math.round(a)}, ${Math.round(b)})`;
  return { 'cp:screencoord': pair(x, y), 'cp:size': pair(width, height) };
}

function element(tag: string, attributes: Readonly<Record<string, string>>, content: string): string {
  const text = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeXml(value)}"`);
  return content === '' ? `<${tag}${text.join('')}/>` : `<${tag}${text.join('')}>${content}</${tag}>`;
}

/** Characters that XML cannot carry are left out. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffb\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
