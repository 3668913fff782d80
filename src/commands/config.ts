/** `arpo-env config`: each value and where it came from. */
import { type ConfigRow, configRows } from '../config/print.js';
import { renderTable } from '../ui/table.js';
import { defineCommand, defineCommandGroup } from './command.js';

const print = defineCommand({
  examples: ['arpo-env config print', 'SCREEN_WIDTH=1280 arpo-env config print --json'],
  async run({ console, loadConfig }) {
    const loaded = await loadConfig();
    const rows = configRows(loaded);
    const cells = rows.map(({ key, value, source }) => [key, shown(value), source]);
    console.result(renderTable(['key', 'value', 'source'], cells, { width: console.columns }));
    console.document({ file: loaded.file, values: rows });
  },
});

export default defineCommandGroup({
  print: { summary: 'each value and where it came from', command: print },
});

function shown(value: ConfigRow['value']): string {
  if (value === null) return '–';
  return Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
}
