/**
 * Adds up vitest's JSON reports in a folder: `count-results.mjs FOLDER EXIT_CODE` prints a line for each failure, where
 * whoever has only the end of the output finds it, and `N passed, N failed, N skipped`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const [folder = '.', code = '0'] = process.argv.slice(2);
const reports = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const total = (count) => reports.reduce((sum, report) => sum + count(report), 0);

const passed = total((report) => report.numPassedTests);
const failed = total((report) => report.numFailedTests);
const skipped = total((report) => report.numPendingTests + report.numTodoTests);
for (const { name, message, assertionResults } of reports.flatMap(({ testResults }) => testResults)) {
  const file = relative(process.cwd(), name);
  for (const test of assertionResults.filter(({ status }) => status === 'failed')) {
    const took = `${((test.duration ?? 0) / 1000).toFixed(1)} s`;
    console.log(`✗ ${file}: ${test.fullName} (${took}): ${briefly(test.failureMessages.join(' '))}`);
  }
  if (message) console.log(`✗ ${file}: ${briefly(message)}`);
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = Number(code) || (failed > 0 || passed === 0 ? 1 : 0);

function briefly(text) {
  return stripVTControlCharacters(text).replace(/\s+/g, ' ').slice(0, 300);
}
