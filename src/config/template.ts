/** The config file that `init` writes: every key with its meaning and its default, out of the schema itself. */
import { isDeepStrictEqual } from 'node:util';
import { ESTABLISHED_NAMES, variableName } from './environment.js';
import { type RawConfig, valueAt } from './layers.js';
import { type ConfigField, type ConfigNode, configOutline } from './outline.js';

const WIDTH = 100;

const HEAD = [
  'arpo-env: desktops, env server, tunnel and cluster in one file.',
  'A key behind a bare # is not set; the value it shows is its default.',
  `Environment variables win over this file, and flags over both: server.maxSteps is ${variableName('server.maxSteps')}, and so on. Beside these count ${Object.keys(ESTABLISHED_NAMES).join(', ')}.`,
  'Durations are written 500ms, 90s, 5m, 1h (a plain number is seconds), sizes 512M, 4G (a plain number is bytes).',
  'See which values apply, and why: arpo-env config print',
];

/** YAML that sets those of `settings`, a partial config, which differ from the defaults; the rest are comments. */
export function configTemplate(settings: RawConfig): string {
  const blocks = configOutline().children.map((node) => render(node, settings, ''));
  const head = HEAD.map((line) => comment(line, ''));
  return `${head.join('')}\n${blocks.join('\n')}`;
}

function render(node: ConfigNode, settings: RawConfig, indent: string): string {
  if (node.type === 'field') return renderField(node, valueAt(settings, node.path), indent);
  const children = node.children.map((child) => render(child, settings, `${indent}  `));
  return `${comment(node.description, indent)}${indent}${node.key}:\n${children.join('\n')}`;
}

function renderField(field: ConfigField, value: unknown, indent: string): string {
  const set = value !== undefined && !isDeepStrictEqual(value, field.default);
  const text = yamlText(set ? value : field.default);
  const line = `${indent}${set ? '' : '#'}${field.key}:${text === '' ? '' : ` ${text}`}\n`;
  return comment(withAllowed(field), indent) + line;
}

/** What may stand there, where neither the default nor the description shows it. */
function withAllowed({ description, kind, allowed, default: value }: ConfigField): string {
  if (kind === 'choice') return `${description} One of: ${allowed}.`;
  const shown = kind === 'text' || kind === 'path' || (value !== undefined && kind !== 'list');
  return shown ? description : `${description} Allowed: ${allowed}.`;
}

function comment(text: string, indent: string): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + 2 + last.length + 1 + word.length <= WIDTH) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map((line) => `${indent}# ${line}\n`).join('');
}

/** JSON is YAML; what needs no quotes goes without. */
function yamlText(value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `[${value.map(yamlText).join(', ')}]`;
  const plain =
    typeof value === 'string' && /^[a-z0-9~/][\w./@~-]*$/i.test(value) && !READ_OTHERWISE.test(value);
  return plain ? value : JSON.stringify(value);
}

/** Words and figures that YAML takes for something else than a text. */
const READ_OTHERWISE = /^(true|false|null|~|yes|no|on|off|[\d._e+-]+|0[xo][\da-f]+)$/i;
