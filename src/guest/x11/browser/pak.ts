/**
 * Chromium's .pak files, where its texts are: read, and written again with some of the resources changed. Formats 4 and 5
 * (tools/grit/grit/format/data_pack.py of Chromium):
 *
 *     format 4: u32 version, u32 resources, u8 encoding
 *     format 5: u32 version, u8 encoding, 3 bytes of nothing, u16 resources, u16 aliases
 *     then      for each resource, and once more for the end: u16 id, u32 offset from the start of the file
 *     format 5: for each alias: u16 id, u16 index of the resource whose content it has
 *     then      the contents
 */

/** What a resource of text is made of. */
type Encoding = 'utf8' | 'utf16le';

interface Layout {
  encoding: Encoding | null;
  /** Where the table of resources begins. */
  table: number;
  resources: number;
  aliases: number;
}

const ENTRY_BYTES = 6;
const ALIAS_BYTES = 4;
/** As the files number them; 0 has no text. */
const ENCODINGS: readonly (Encoding | null)[] = [null, 'utf8', 'utf16le'];

/** The same file with each text put through `change`; what is no text stays as it is. Throws where it is not a pak file. */
export function changeTexts(pak: Buffer, change: (text: string) => string): Buffer {
  const layout = layoutOf(pak);
  const { encoding, table, resources, aliases } = layout;
  const contents = contentsOf(pak, layout);
  const changed =
    encoding === null ? contents : contents.map((content) => textChanged(content, encoding, change));
  const aliasTable = table + (resources + 1) * ENTRY_BYTES;
  const head = Buffer.from(pak.subarray(0, aliasTable + aliases * ALIAS_BYTES));
  let offset = head.length;
  for (const [index, content] of [...changed, Buffer.alloc(0)].entries()) {
    head.writeUInt32LE(offset, table + index * ENTRY_BYTES + 2);
    offset += content.length;
  }
  return Buffer.concat([head, ...changed]);
}

function textChanged(content: Buffer, encoding: Encoding, change: (text: string) => string): Buffer {
  const text = content.toString(encoding);
  const after = change(text);
  return after === text ? content : Buffer.from(after, encoding);
}

function layoutOf(pak: Buffer): Layout {
  const version = pak.length >= 12 ? pak.readUInt32LE(0) : 0;
  if (version === 4)
    return {
      encoding: ENCODINGS[pak.readUInt8(8)] ?? null,
      table: 9,
      resources: pak.readUInt32LE(4),
      aliases: 0,
    };
  if (version === 5)
    return {
      encoding: ENCODINGS[pak.readUInt8(4)] ?? null,
      table: 12,
      resources: pak.readUInt16LE(8),
      aliases: pak.readUInt16LE(10),
    };
  throw new Error('is not a .pak file of format 4 or 5');
}

function contentsOf(pak: Buffer, { table, resources, aliases }: Layout): Buffer[] {
  const first = table + (resources + 1) * ENTRY_BYTES + aliases * ALIAS_BYTES;
  if (first > pak.length) throw new Error('is a .pak file that ends within its tables');
  const offsets = Array.from({ length: resources + 1 }, (_unused, index) =>
    pak.readUInt32LE(table + index * ENTRY_BYTES + 2),
  );
  return offsets.slice(0, -1).map((from, index) => {
    const to = offsets[index + 1] ?? 0;
    if (from < first || to < from || to > pak.length)
      throw new Error(`is a .pak file whose resource ${index} lies outside of it`);
    return pak.subarray(from, to);
  });
}
