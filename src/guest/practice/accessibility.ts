/** The accessibility tree of the practice desktop. */
import { component, desktopFrame, element, escapeXml, states } from '../accessibility-xml.js';
import type { Control } from './control.js';
import type { Layer } from './surfaces/layer.js';

export function accessibilityXml(layers: readonly Layer[]): string {
  const applications = [...new Set(layers.map(({ application }) => application))];
  const nodes = applications.map((name) => {
    const own = layers.filter(({ application }) => application === name);
    return element('application', { name, ...states([]) }, own.map(layerXml).join(''));
  });
  return desktopFrame(nodes);
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
  return element(control.role, attributes, escapeXml(control.text ?? ''));
}
