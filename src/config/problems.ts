/** All that is wrong with a config, in one error: where it stands, which key, what was found, what is allowed. */
import { inspect } from 'node:util';
import type { z } from 'zod';
import { ArpoEnvError } from '../errors.js';
import {
  formatSource,
  isRecord,
  type Layer,
  mergeLayers,
  sourceIn,
  type ValueSource,
  valueAt,
} from './layers.js';
import { MASK, maskCredentials } from './mask.js';
import { nearestName } from './nearest.js';
import { type ConfigNode, type ConfigSection, nodesOf } from './outline.js';

export function configError(
  outline: ConfigSection,
  layers: readonly Layer[],
  issues: readonly z.core.$ZodIssue[],
): ArpoEnvError {
  const nodes = nodesOf(outline);
  const lines = issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [wrongValue(nodes, layers, path)];
    return issue.keys.map((key) => unknownKey(nodes, layers, path, key));
  });
  const isOfFlag = ({ code, path }: z.core.$ZodIssue) =>
    code !== 'unrecognized_keys' && flagOf(layers, nodeAt(nodes, path.join('.'))) !== undefined;
  const flagsOnly = issues.every(isOfFlag);
  const problems = [...new Set(lines)]; // one bad list has an issue for each of its items
  const message =
    problems.length === 1
      ? problems.join()
      : [`${problems.length} ${flagsOnly ? 'flags' : 'settings'} are wrong:`, ...problems].join('\n  ');
  if (flagsOnly)
    return new ArpoEnvError({
      code: 'E_USAGE',
      message,
      fix: 'the same command with --help says what each one takes',
    });
  return new ArpoEnvError({
    code: 'E_CONFIG',
    message,
    fix: 'correct what is named; `arpo-env init --out example.yaml` writes every key with its meaning and default',
  });
}

function wrongValue(nodes: readonly ConfigNode[], layers: readonly Layer[], issuePath: string): string {
  const node = nodeAt(nodes, issuePath);
  const found = node.type === 'field' && node.secret ? MASK : show(valueAt(mergeLayers(layers), node.path));
  const allowed =
    node.type === 'field'
      ? node.allowed
      : `a section with the keys ${node.children.map(({ key }) => key).join(', ')}`;
  const flag = flagOf(layers, node);
  const where = flag ?? `${formatSource(sourceIn(layers, node))}: ${node.path}`;
  return `${where}: found ${found}, allowed: ${allowed}`;
}

/** `--port`, when that is what set the field. */
function flagOf(layers: readonly Layer[], node: ConfigNode): string | undefined {
  const source = sourceIn(layers, node);
  return source.kind === 'flag' ? source.name : undefined;
}

/** The field or section that an issue is about; an issue within a list or a map is about the whole of it. */
function nodeAt(nodes: readonly ConfigNode[], path: string): ConfigNode {
  const node = nodes.findLast(
    (candidate) => path === candidate.path || path.startsWith(`${candidate.path}.`),
  );
  if (node === undefined)
    throw new TypeError(`the schema has an issue at ${path}, which its outline does not know`);
  return node;
}

function unknownKey(
  nodes: readonly ConfigNode[],
  layers: readonly Layer[],
  section: string,
  key: string,
): string {
  const path = section === '' ? key : `${section}.${key}`;
  return `${formatSource(sourceOfKey(layers, section, key))}: ${path}: no such key; ${advice(nodes, section, key)}`;
}

function sourceOfKey(layers: readonly Layer[], section: string, key: string): ValueSource {
  const layer = layers.findLast(({ values }) => {
    const found = valueAt(values, section);
    return isRecord(found) && Object.hasOwn(found, key);
  });
  return layer?.sourceOf(key) ?? { kind: 'default' };
}

/** A dotted key, a right key in the wrong place, a mistyped one in the right place, or nothing that we know. */
function advice(nodes: readonly ConfigNode[], section: string, key: string): string {
  const dotted = nodes.find(({ path }) => path === key && path !== '');
  if (dotted !== undefined)
    return `keys are nested: write ${dotted.key} below ${key.slice(0, key.lastIndexOf('.'))}`;
  const elsewhere = nodes.filter((node) => node.key === key).map(({ path }) => path);
  if (elsewhere.length > 0) return `did you mean ${elsewhere.join(' or ')}?`;
  const here = nodeAt(nodes, section);
  const keys = here.type === 'section' ? here.children.map((child) => child.key) : [];
  const near = nearestName(key, keys);
  if (near === undefined) return `allowed: ${keys.join(', ')}`;
  return `did you mean ${section === '' ? near : `${section}.${near}`}?`;
}

function show(value: unknown): string {
  const text =
    typeof value === 'string' ? JSON.stringify(value) : inspect(value, { depth: 1, breakLength: Infinity });
  const shown = maskCredentials(text);
  return shown.length > 80 ? `${shown.slice(0, 79)}…` : shown;
}
