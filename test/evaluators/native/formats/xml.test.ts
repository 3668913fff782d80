import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  children,
  descendants,
  LXML,
  parseXml,
  readXml,
} from '../../../../src/evaluators/native/formats/xml.js';
import { TemporaryFolder } from '../../../support/temporary-folder.js';

describe('parseXml', () => {
  it('keeps namespaces apart', () => {
    const root = parseXml('<r xmlns:p="urn:p" p:id="1" id="2"><p:x>one</p:x><x>two<y/>three</x></r>');

    expect([...root.attributes]).toEqual(
      expect.arrayContaining([
        ['{urn:p}id', '1'],
        ['id', '2'],
      ]),
    );
    expect(descendants(root, 'x', 'urn:p').map(({ text }) => text)).toEqual(['one']);
    expect(children(root, 'x').map(({ text }) => text)).toEqual(['two']);
  });

  it('joins text, references and CDATA', () => {
    expect(parseXml('<a>x &amp; <![CDATA[<y>]]><!-- no -->z</a>').text).toBe('x & <y>z');
  });

  it('reads as lxml does, which keeps comments', () => {
    expect(parseXml('<a>x<!-- no -->z</a>', LXML).text).toBe('x');
    expect(parseXml('<a><?pi x?>z</a>', LXML).text).toBe('');
    expect(() => parseXml('<a>', LXML)).toThrow(expect.objectContaining({ name: 'XMLSyntaxError' }));
  });

  it.each([
    'not xml',
    '',
    '<a>',
    '<a><b></a>',
    '<a/><b/>',
    '<a x=1/>',
    '<a>&foo;</a>',
    '<a>x & y</a>',
    '<a b="1" b="2"/>',
    '<a/>x',
    '<p:a/>',
    '<a>\u0001</a>',
  ])('refuses %j, as ElementTree does', (document) => {
    expect(() => parseXml(document)).toThrow(expect.objectContaining({ name: 'ParseError' }));
  });
});

it('reads a file with a declaration and a byte order mark', async () => {
  using folder = new TemporaryFolder({ 'a.xml': '\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<a/>' });
  expect((await readXml(join(folder.path, 'a.xml'))).name).toBe('a');
});

it.each([
  ['<a>é</a>', 'utf8', 'é'],
  ['<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'latin1', 'é'],
  ["<?xml version='1.0' encoding='utf-16'?><a>é</a>", 'utf16le', 'é'],
  ['<?xml version="1.0" encoding="windows-1251"?><a>\xe9</a>', 'latin1', 'й'],
] as const)('reads %s in %s', async (document, encoding, text) => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, 'a.xml');
  await writeFile(path, Buffer.from(encoding === 'utf16le' ? `\uFEFF${document}` : document, encoding));
  expect((await readXml(path)).text).toBe(text);
});

it.each([
  ['<a>é</a>', 'ParseError'],
  ['<?xml version="1.0" encoding="US-ASCII"?><a>é</a>', 'ParseError'],
  ['<?xml version="1.0" encoding="utf-16"?><a/>', 'ParseError'],
  ['<?xml version="1.0" encoding="nope"?><a/>', 'LookupError'],
  ['<?xml version="1.0" encoding="no pe"?><a/>', 'ParseError'],
  ['<?xml version="1.0" encoding="gbk"?><a/>', 'ValueError'],
])('refuses the bytes of %s', async (document, name) => {
  using folder = new TemporaryFolder();
  const path = join(folder.path, 'a.xml');
  await writeFile(path, Buffer.from(document, 'latin1'));
  await expect(readXml(path)).rejects.toMatchObject({ name });
});

it('finds what is nested deeply', () => {
  const root = parseXml(`<a>${'<b>'.repeat(3_000)}<c/>${'</b>'.repeat(3_000)}</a>`);
  expect(descendants(root, 'c')).toHaveLength(1);
  expect(descendants(root, 'b')).toHaveLength(3_000);
});
