/** `yaml.safe_load` of PyYAML, which reads YAML 1.1. */
import { parseDocument, type Tags } from 'yaml';
import { PythonError } from './errors.js';

/** Throws PythonError where PyYAML raises: no YAML, an unknown tag, more than one document. */
export function parseYaml(content: string): unknown {
  const document = parseDocument(content, { version: '1.1', uniqueKeys: false, customTags: floatsOfPyYaml });
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw new PythonError('ValueError', problem.message, { cause: problem });
  return document.toJS();
}

/** To PyYAML a number with an exponent has a dot and a sign: 1e3 is a text (yaml/resolver.py). */
function floatsOfPyYaml(tags: Tags): Tags {
  return tags.map((tag) =>
    typeof tag === 'object' && !tag.collection && tag.format === 'EXP'
      ? { ...tag, test: /^[-+]?[0-9][0-9_]*\.[0-9_]*[eE][-+][0-9]+$/ }
      : tag,
  );
}
