/** A repo whose venv's python is a Node script that plays `uvicorn`, for machines without Python. */
import { chmodSync, readFileSync } from 'node:fs';
import { TemporaryFolder } from './temporary-folder.js';

/**
 * `-c` answers which modules are found; `-m uvicorn` serves. Files in the repo steer it: `missing` holds the modules that
 * are not found, `broken` makes every start fail. POST /crash ends it with 7, GET /env shows what it was given.
 */
const PYTHON = `#!${process.execPath}
const { appendFileSync, existsSync, readFileSync } = process.getBuiltinModule('node:fs');
const [flag, , ...args] = process.argv.slice(2);
const missing = existsSync('missing') ? readFileSync('missing', 'utf8').split('\\n') : [];
if (flag === '-c') {
  console.log('printed by the package itself');
  console.log(JSON.stringify(Object.fromEntries(args.map((name) => [name, !missing.includes(name)]))));
  process.exit(0);
}
appendFileSync('starts', process.pid + '\\n');
if (existsSync('broken')) {
  console.error('Traceback (most recent call last):\\nImportError: no module named torch');
  process.exit(1);
}
const [app, , host, , port] = args;
process
  .getBuiltinModule('node:http')
  .createServer((request, response) => {
    if (request.url === '/crash') process.exit(7);
    if (request.url === '/env') return response.end(JSON.stringify({ app, ...process.env }));
    if (request.url !== '/docs') response.statusCode = 404;
    response.end();
  })
  .listen(Number(port), host, () => console.log('Uvicorn running on http://' + host + ':' + port));
`;

export class FakePythonRepo extends TemporaryFolder {
  constructor(files: Record<string, string> = {}) {
    super({ '.venv/bin/python': PYTHON, ...files });
    chmodSync(`${this.path}/.venv/bin/python`, 0o755);
  }

  /** Pids of every start so far. */
  get starts(): number[] {
    return readFileSync(`${this.path}/starts`, 'utf8').trim().split('\n').map(Number);
  }
}
