/** Whether two URLs name the same page, as OSWorld's `compare_urls` sees it (evaluators.md §5). */
import { parse } from 'tldts';

/**
 * Equal scheme (none is http), host, path, query and fragment, where of the host the public suffix, a sole `www`, the port
 * and user data don't count (airbnb.com is airbnb.com.sg), and a path of `/` is none. Null equals only null.
 */
export function compareUrls(first: string | null, second: string | null): boolean {
  if (first === null || second === null) return first === second;
  return normalized(first) === normalized(second);
}

const HAS_SCHEME = /^[a-z][a-z0-9+\-.]*:\/\//i;
const PARTS = /^([^:]*):\/\/([^/?#]*)([^?#]*)\??([^#]*)#?(.*)$/s;

/** Taken apart as Python's urlparse does: WHATWG's URL would encode, resolve and reject what OSWorld compares as text. */
function normalized(url: string): string {
  // Python drops line breaks and tabs anywhere in a URL.
  const text = (HAS_SCHEME.test(url) ? url : `http://${url}`).replace(/[\t\r\n]/g, '');
  const [, scheme = '', authority = '', path = '', query = '', fragment = ''] = PARTS.exec(text) ?? [];
  const [, file = '', parameters = ''] = /^(.*?)(?:;([^/]*))?$/s.exec(path) ?? [];
  return [
    `${scheme.toLowerCase()}://${normalizedHost(authority)}${file === '/' ? '' : file}`,
    parameters && `;${parameters}`,
    query && `?${query}`,
    fragment && `#${fragment}`,
  ].join('');
}

function normalizedHost(authority: string): string {
  const host = authority
    .toLowerCase()
    .replace(/^.*@/, '')
    .replace(/^(\[[^\]]*\]|[^:]*).*$/, '$1')
    .replace(/\.+$/, '');
  const { isIcann, domainWithoutSuffix, subdomain, publicSuffix } = parse(host, {
    extractHostname: false,
    validateHostname: false,
  });
  // An address, or a name whose last label is not a public suffix: nothing is dropped.
  if (!isIcann) return host.replace(/^www\.(?=[^.]*$)/, '');
  if (publicSuffix === host) return '';
  return [subdomain === 'www' ? '' : subdomain, domainWithoutSuffix].filter(Boolean).join('.');
}
