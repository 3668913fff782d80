/** Chromium's resource files, on files that are written byte by byte here, in both formats. */
import { describe, expect, it } from 'vitest';
import { changeTexts } from '../../../../src/guest/x11/browser/pak.js';
import { asGoogleChrome } from '../../../../src/guest/x11/browser/product-name.js';

const u16 = (value: number) => Buffer.from([value & 0xff, value >> 8]);
const u32 = (value: number) => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);

interface Pak {
  version: 4 | 5;
  encoding: number;
  /** By id. */
  resources: [number, Buffer][];
  /** Id, and the index of the resource. */
  aliases?: [number, number][];
}

function pak({ version, encoding, resources, aliases = [] }: Pak): Buffer {
  const head =
    version === 4
      ? Buffer.concat([u32(4), u32(resources.length), Buffer.from([encoding])])
      : Buffer.concat([u32(5), Buffer.from([encoding, 0, 0, 0]), u16(resources.length), u16(aliases.length)]);
  let offset = head.length + (resources.length + 1) * 6 + aliases.length * 4;
  const entries = resources.map(([id, content]) => {
    const entry = Buffer.concat([u16(id), u32(offset)]);
    offset += content.length;
    return entry;
  });
  return Buffer.concat([
    head,
    ...entries,
    ...[u16(0), u32(offset)],
    ...aliases.flatMap(([id, index]) => [u16(id), u16(index)]),
    ...resources.map(([, content]) => content),
  ]);
}

const louder = (text: string) => text.replace('a', 'AAA');

describe.each([4, 5] as const)('a .pak file of format %i', (version) => {
  it.each([
    [1, 'utf8'],
    [2, 'utf16le'],
  ] as const)('has its texts changed, in encoding %i', (encoding, name) => {
    const aliases: [number, number][] = version === 5 ? [[900, 1]] : [];
    const file = (...texts: string[]) =>
      pak({
        version,
        encoding,
        resources: texts.map((text, index) => [100 + index, Buffer.from(text, name)]),
        aliases,
      });
    expect(changeTexts(file('cat', '', 'é €'), louder)).toEqual(file('cAAAt', '', 'é €'));
  });

  it('keeps what is no text byte for byte', () => {
    const binary = pak({ version, encoding: 0, resources: [[7, Buffer.from([0x61, 0xff, 0x61])]] });
    expect(changeTexts(binary, louder)).toEqual(binary);
    const broken = pak({ version, encoding: 1, resources: [[7, Buffer.from([0xff, 0xfe])]] });
    expect(changeTexts(broken, louder)).toEqual(broken);
  });

  it('is refused where it is cut off', () => {
    const whole = pak({ version, encoding: 1, resources: [[1, Buffer.from('something')]] });
    for (const length of [0, 11, 15, whole.length - 1])
      expect(() => changeTexts(whole.subarray(0, length), louder)).toThrow(/is (a|not a) \.pak file/);
  });
});

it('another format is refused', () => {
  expect(() => changeTexts(Buffer.concat([u32(6), Buffer.alloc(20)]), louder)).toThrow('is not a .pak file');
});

it.each([
  ['Chromium', 'Google Chrome'],
  ['$1 - Chromium', '$1 - Google Chrome'],
  ['$1 - Network Sign-in - Chromium', '$1 - Network Sign-in - Google Chrome'],
  ['Customize and control Chromium. Set it', 'Customize and control Google Chrome. Set it'],
  ['About Chromium', 'About Chrome'],
  ["Chromium didn't shut down correctly.", "Chrome didn't shut down correctly."],
  ["Chromium's tools for Chromium’s users", "Chrome's tools for Chrome’s users"],
  ['The Chromium Authors', 'Google LLC'],
  [
    'Chromium is made possible by the <a href="$1">Chromium</a> open source project',
    'Chrome is made possible by the <a href="$1">Chromium</a> open source project',
  ],
  ['ChromiumOS and chromium.org', 'ChromiumOS and chromium.org'],
])('the text “%s” becomes “%s”', (before, after) => {
  expect(asGoogleChrome(before)).toBe(after);
});
