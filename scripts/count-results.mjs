/** Adds up vitest's JSON reports in a folder: `count-results.mjs FOLDER EXIT_CODE` prints `N passed, N failed, N skipped`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.', code = '0'] = process.argv.slice(2);
const reports = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const total = (count) => reports.reduce((sum, report) => sum + count(report), 0);

const passed = total((report) => report.numPassedTests);
const failed = total((report) => report.numFailedTests);
const skipped = total((report) => report.numPendingTests + report.numTodoTests);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = Number(code) || (failed > 0 || passed === 0 ? 1 : 0);
