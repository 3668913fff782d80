/** The config that the units start with: written when there is none, else completed where it stands. */
import { createHash } from 'node:crypto';
import { basename, extname } from 'node:path';
import { type Document, isMap, isScalar, parseDocument, YAMLMap } from 'yaml';
import { z } from 'zod';
import { configTemplate } from '../../config/template.js';
import { ArpoEnvError } from '../../errors.js';
import { asUser, writeFile } from '../command.js';
import { query, readIfThere } from '../query.js';
import type { SetupContext, Step } from '../step.js';

interface Setting {
  path: readonly string[];
  value: string;
}

/** Ends with the hash of the rest, by which `--uninstall` sees that nobody has edited it. */
const STAMP = '# Made by arpo-env setup-vm, as it is: ';

export const configFile: Step = {
  id: 'config',
  title: 'Config file',
  needs: ['preflight'],
  async inspect(context) {
    const { configFile: path } = context.settings;
    const text = await readIfThere(context, path);
    if (text === null) return { state: 'needed', why: `${path} is not there` };
    const different = wanted(context).filter((setting) => !holds(text, path, setting));
    if (different.length === 0) return { state: 'done', note: path };
    return {
      state: 'needed',
      why: `${path} lacks ${different.map((setting) => setting.path.join('.')).join(', ')}`,
    };
  },
  async plan(context) {
    const { configFile: path } = context.settings;
    const text = await readIfThere(context, path);
    if (text === null) return [writeFile('user', path, stamped(newConfig(context)), '0600')];
    const mode = await query(context, asUser(['stat', '--format=%a', '--', path]));
    return [writeFile('user', path, completed(text, path, wanted(context)), mode.stdout.trim())];
  },
};

/** True for a file that setup-vm made and nobody has edited since. */
export function isUntouched(text: string): boolean {
  const [first = ''] = text.split('\n', 1);
  return first.startsWith(STAMP) && first === STAMP + hash(text.slice(first.length + 1));
}

function wanted({ settings: { usesDocker, qcow2, repo, tunnelHost } }: SetupContext): Setting[] {
  return [
    ...(usesDocker ? [{ path: ['providers', 'docker', 'qcow2'], value: qcow2.path }] : []),
    ...(repo === null ? [] : [{ path: ['server', 'repo'], value: repo.dir }]),
    ...(tunnelHost === null ? [] : [{ path: ['tunnel', 'host'], value: tunnelHost }]),
  ];
}

function newConfig(context: SetupContext): string {
  const { provider, usesDocker } = context.settings;
  const settings: Record<string, unknown> = { provider: usesDocker ? 'docker' : provider };
  for (const { path, value } of wanted(context)) setInRecord(settings, path, value);
  return configTemplate(settings);
}

function completed(text: string, path: string, settings: readonly Setting[]): string {
  if (isJson(path)) {
    const content = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    for (const setting of settings) setInRecord(content, [...prefix(path), ...setting.path], setting.value);
    return `${JSON.stringify(content, null, 2)}\n`;
  }
  if (!isYaml(path)) throw notWritable(path, settings);
  const document = parseDocument(text);
  for (const setting of settings) {
    makeMaps(document, setting.path.slice(0, -1));
    document.setIn(setting.path, setting.value);
  }
  const result = document.toString({ lineWidth: 0 });
  return isUntouched(text) ? stamped(result.slice(result.indexOf('\n') + 1)) : result;
}

function holds(text: string, path: string, setting: Setting): boolean {
  if (!isJson(path) && !isYaml(path)) return false;
  // JSON is YAML.
  const found: unknown = parseDocument(text).getIn([...prefix(path), ...setting.path]);
  return found === setting.value;
}

/** `docker:` with only comments behind it is null to YAML; it becomes a map and keeps the comments. */
function makeMaps(document: Document, path: readonly string[]): void {
  if (document.contents === null) document.contents = document.createNode({});
  path.forEach((_key, index) => {
    const here = path.slice(0, index + 1);
    const node: unknown = document.getIn(here, true);
    if (isMap(node)) return;
    const map = new YAMLMap(document.schema);
    if (isScalar(node)) {
      map.commentBefore = node.commentBefore ?? null;
      map.comment = node.comment ?? null;
    }
    document.setIn(here, map);
  });
}

function setInRecord(
  record: Record<string, unknown>,
  [key = '', ...rest]: readonly string[],
  value: string,
): void {
  if (rest.length === 0) {
    record[key] = value;
    return;
  }
  const inner = { ...(record[key] as Record<string, unknown> | undefined) };
  setInRecord(inner, rest, value);
  record[key] = inner;
}

function isJson(path: string): boolean {
  return extname(path) === '.json';
}

function isYaml(path: string): boolean {
  return ['.yaml', '.yml'].includes(extname(path)) || basename(path) === '.arpo-envrc';
}

function prefix(path: string): string[] {
  return basename(path) === 'package.json' ? ['arpo-env'] : [];
}

function stamped(text: string): string {
  return `${STAMP}${hash(text)}\n${text}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function notWritable(path: string, settings: readonly Setting[]): ArpoEnvError {
  const lines = settings.map((setting) => `${setting.path.join('.')}: ${JSON.stringify(setting.value)}`);
  return new ArpoEnvError({
    code: 'E_SETUP_STEP',
    message: `${path} is a program, which setup-vm does not change; it lacks ${lines.join(', ')}`,
    fix: 'add that yourself and run setup-vm again, or skip it: --skip config',
  });
}
