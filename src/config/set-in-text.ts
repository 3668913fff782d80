/** Settings put into a config file's text where they belong, with all else in it as it was, comments too. */
import { basename, extname } from 'node:path';
import { type Document, isMap, isScalar, parseDocument, YAMLMap } from 'yaml';
import { z } from 'zod';

export interface Setting {
  /** E.g. `['providers', 'docker', 'qcow2']`. */
  path: readonly string[];
  value: string;
}

/** Whether the text of `file` has this setting; never so of one that is a program. */
export function holdsSetting(text: string, file: string, setting: Setting): boolean {
  if (!isJson(file) && !isYaml(file)) return false;
  // JSON is YAML.
  const found: unknown = parseDocument(text).getIn([...prefix(file), ...setting.path]);
  return found === setting.value;
}

/** The text of `file` with these settings; null for one that is a program. */
export function withSettings(text: string, file: string, settings: readonly Setting[]): string | null {
  if (isJson(file)) {
    const content = z.record(z.string(), z.unknown()).parse(JSON.parse(text));
    for (const setting of settings) setInRecord(content, [...prefix(file), ...setting.path], setting.value);
    return `${JSON.stringify(content, null, 2)}\n`;
  }
  if (!isYaml(file)) return null;
  const document = parseDocument(text);
  for (const setting of settings) {
    makeMaps(document, setting.path.slice(0, -1));
    document.setIn(setting.path, setting.value);
  }
  return document.toString({ lineWidth: 0 });
}

export function setInRecord(
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

function isJson(file: string): boolean {
  return extname(file) === '.json';
}

function isYaml(file: string): boolean {
  return ['.yaml', '.yml'].includes(extname(file)) || basename(file) === '.arpo-envrc';
}

function prefix(file: string): string[] {
  return basename(file) === 'package.json' ? ['arpo-env'] : [];
}
