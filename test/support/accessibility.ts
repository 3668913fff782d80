/** Looks into an accessibility tree, and asks OSWorld's own code what its agents would show of it. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { descendants, parseXml, type XmlElement } from '../../src/evaluators/native/formats/xml.js';

const NAMESPACE = /^\{https:\/\/accessibility\.ubuntu\.example\.org\/ns\/(\w+)\}/;
const PYTHON = fileURLToPath(new URL('../../.e2e-venv/bin/python', import.meta.url));
const ROWS = fileURLToPath(new URL('../e2e/fixtures/osworld_rows.py', import.meta.url));

/** Nodes of `tree` with this tag, and this name if one is given. */
export function nodes(tree: string | XmlElement, tag: string, name?: string): XmlElement[] {
  const root = typeof tree === 'string' ? parseXml(tree) : tree;
  return descendants(root, tag).filter(
    ({ attributes }) => name === undefined || attributes.get('name') === name,
  );
}

/** The only such node. */
export function node(tree: string | XmlElement, tag: string, name?: string): XmlElement {
  const [found, ...more] = nodes(tree, tag, name);
  if (!found || more.length > 0)
    throw new Error(`${more.length + (found ? 1 : 0)} nodes ${tag} ${name ?? ''}`);
  return found;
}

/** Attributes by short names, as `state:showing`. */
export function attributesOf({ attributes }: XmlElement): Record<string, string> {
  return Object.fromEntries(
    [...attributes].map(([name, value]) => [name.replace(NAMESPACE, (_all, short) => `${short}:`), value]),
  );
}

/** Names of the states that are set. */
export function statesOf(element: XmlElement): string[] {
  const names = Object.keys(attributesOf(element)).filter((name) => name.startsWith('state:'));
  return names.map((name) => name.slice('state:'.length)).sort();
}

/** Tag, name, text, class, description, position and size of every node that OSWorld's agents show to a model. */
export function osworldRows(tree: string): string[][] {
  const { stdout, stderr, status } = spawnSync(PYTHON, [ROWS], { input: tree, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const [, ...rows] = stdout.split('\n');
  return rows.map((row) => row.split('\t'));
}
