import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { children, descendants, parseXml, readXml } from '../../../../src/evaluators/native/formats/xml.js';
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
