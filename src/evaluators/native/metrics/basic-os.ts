/** Metrics of the `os` domain: desktop settings, moved files, the clipboard. */
import { parseStringList } from '../../python/literal.js';
import { contains, float, item, iterate, sameSet, string, text } from '../../python/values.js';
import type { Metric } from './metric.js';

export const checkGnomeFavoriteApps: Metric = (apps, rule) =>
  isSameCollection(parseStringList(string(apps)), iterate(item(rule, 'expected')));

/** The fourth line of `timedatectl` names the zone. */
export const isUtc0: Metric = (timedatectl) =>
  text(item(text(timedatectl).split('\n'), 3)).endsWith('+0000)');

export const checkTextEnlarged: Metric = (factor) => float(factor) > 1;

export const checkMovedJpgs: Metric = (directory, rule) => {
  const names = iterate(item(directory, 'children')).map((node) => item(node, 'name'));
  return isSameCollection(names, iterate(item(rule, 'expected')));
};

/** The result getter gives the rule and the expected getter what the clipboard holds. */
export const isInVmClickboard: Metric = (rule, clipboard) =>
  [item(rule, 'expected')].flat().every((part) => contains(clipboard, part));

function isSameCollection(actual: readonly unknown[], expected: readonly unknown[]): boolean {
  return actual.length === expected.length && sameSet(actual, expected);
}
