/** Getters of the active tab's URL, which is read from the address bar in the accessibility tree. */
import { z } from 'zod';
import type { EvaluationContext } from '../../judge.js';
import { urlparse } from '../../python/url.js';
import { item, str } from '../../python/values.js';
import { descendants, LXML, parseXml } from '../formats/xml.js';
import { treeGetter } from './getter.js';

/** Chrome's name, and that of OSWorld's ARM images. */
const BROWSERS = ['Google Chrome', 'Chromium'];

/** Chrome hides the scheme, so that each task says what to put before what the bar shows. */
export const prefixConfig = z.looseObject({ goto_prefix: z.string().default('https://') });

/** The URL, or null when no address bar has a text. */
export const activeUrl = treeGetter(prefixConfig, (config, context) =>
  readAddressBar(config.goto_prefix, context),
);

/** Query parameters of the URL: `parse_keys` of them, '' for those that are not there, then renamed by `replace`. */
export const activeTabUrlParse = treeGetter(
  prefixConfig.extend({
    parse_keys: z.array(z.string()),
    replace: z.record(z.string(), z.string()).default({}),
    /** Values become lists, split at commas. */
    split_list: z.boolean().default(false),
  }),
  async (config, context) => {
    const url = await readAddressBar(config.goto_prefix, context);
    if (url === null) return null;
    const query = new URLSearchParams(`&${urlparse(url).query}`);
    const values: Record<string, unknown> = {};
    for (const key of config.parse_keys) values[key] = query.getAll(key).find((value) => value !== '') ?? '';
    for (const [key, renamed] of Object.entries(config.replace)) {
      const value = item(values, key);
      delete values[key];
      values[renamed] = value;
    }
    if (!config.split_list) return values;
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, str(value).split(',')]));
  },
);

/** One of the parts between slashes; a negative `partIndex` counts from the end. `returnType` json makes it `{key: part}`. */
export const urlDashPart = treeGetter(
  prefixConfig.extend({
    partIndex: z.coerce.number().int(),
    needDeleteId: z.boolean().default(false),
    returnType: z.enum(['string', 'json']),
    key: z.string().optional(),
  }),
  async (config, context) => {
    const url = await readAddressBar(config.goto_prefix, context);
    if (url === null) return null;
    const parts = url.split('/');
    if (config.partIndex >= parts.length) return null;
    const part = str(item(parts, config.partIndex));
    const kept = config.needDeleteId ? (part.split('?')[0] ?? '') : part;
    return config.returnType === 'string' ? kept : { [config.key ?? '']: kept };
  },
);

/** Filters of a Macy's product page, whose path alternates comma lists of names and of values. */
export const urlPathParse = treeGetter(
  prefixConfig.extend({ parse_keys: z.array(z.string()) }),
  async (config, context) => {
    const url = await readAddressBar(config.goto_prefix, context);
    if (url === null) return null;
    const path = unquote(urlparse(url).path);
    const filters = readFilters(path);
    const flags: Record<string, unknown> = {
      mens_clothing: trueOrNull(path.includes('mens-clothing')),
      shirts: trueOrNull(
        path.includes('shirts') ||
          ['shirts', 'Shirts', 'Shirt'].includes(filters.get('Product_department') ?? ''),
      ),
      short_sleeve: trueOrNull(
        path.includes('short-sleeve') ||
          ['short-sleeve', 'Short Sleeve'].includes(filters.get('Sleeve_length') ?? ''),
      ),
    };
    for (const key of config.parse_keys) {
      if (key === 'Price_discount_range') flags[key] = discount(filters.get(key));
      else if (key === 'Men_regular_size_t' || filters.has(key)) flags[key] = filters.get(key) || null;
    }
    return flags;
  },
);

const DECLARED = /^<\?xml[^>]+\sencoding\s*=\s*["'][^"']*["']/;

/** What the active tab's address bar shows, after `prefix`; null when there is no bar, or no text in it. */
export async function readAddressBar(
  prefix: string,
  { agent, signal }: EvaluationContext,
): Promise<string | null> {
  const document = await agent.accessibilityTree({ signal });
  // lxml reads no text that says in which encoding it is, and the reference takes that for no address.
  if (DECLARED.test(document)) return null;
  const tree = parseXml(document, LXML);
  const browsers = [tree, ...descendants(tree, 'application')].filter(
    ({ name, namespace, attributes }) =>
      name === 'application' && namespace === '' && BROWSERS.includes(attributes.get('name') ?? ''),
  );
  const bars = browsers
    .flatMap((browser) => descendants(browser, 'entry'))
    .filter(({ attributes }) => attributes.get('name') === 'Address and search bar');
  const [first] = bars;
  // The reference asks the last bar whether there is a text and takes that of the first.
  if (!first || !bars.at(-1)?.text) return null;
  return prefix + (first.text || 'None');
}

function readFilters(path: string): Map<string, string> {
  const parts = path.replace(/^\/+|\/+$/g, '').split('/');
  const names = parts.findIndex(
    (part, index) => part.includes(',') && (parts[index + 1] ?? '').includes(','),
  );
  if (names < 0) return new Map();
  const values = (parts[names + 1] ?? '').split(',');
  const pairs = (parts[names] ?? '').split(',').slice(0, values.length);
  return new Map(pairs.map((name, index) => [name.trim(), (values[index] ?? '').trim()]));
}

/** Half price and nothing less. */
function discount(ranges = ''): string {
  const chosen = ranges.split('|').map((range) => range.trim());
  const isHalfPrice =
    chosen.includes('50_PERCENT_ off & more') &&
    !chosen.includes('30_PERCENT_ off & more') &&
    !chosen.includes('20_PERCENT_ off & more');
  return isHalfPrice ? '50_PERCENT_ off & more' : 'not_50_PERCENT_ off & more';
}

function trueOrNull(value: boolean): true | null {
  return value ? true : null;
}

/** `urllib.parse.unquote`: what is not a valid escape stays. */
function unquote(path: string): string {
  return path.replace(/(?:%[0-9a-fA-F]{2})+/g, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}
