/** Metrics on Visual Studio Code's extensions. */
import { PythonError } from '../../python/errors.js';
import { contains, item, str } from '../../python/values.js';
import type { Metric } from './metric.js';

/** `type` contain or not_contain: whether `expected` is a part of the listing. */
export const isExtensionInstalled: Metric = (listing, rules) => {
  const type = item(rules, 'type');
  if (type !== 'contain' && type !== 'not_contain') {
    throw new PythonError('NotImplementedError', `the rule type ${str(type)}`);
  }
  return contains(listing, item(rules, 'expected')) === (type === 'contain');
};
