/** An index of Python packages on loopback (PEP 503) with wheels that hold next to nothing, and faults to play. */

import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';

/** A wheel of pure Python. */
export interface Wheel {
  name: string;
  version: string;
  /** Beside an empty module of its name. */
  files?: Record<string, string | Uint8Array>;
}

export const DESKTOP_ENV: Wheel = {
  name: 'desktop_env',
  version: '1.0.2',
  files: {
    'desktop_env/evaluators/metrics/general.py': 'x = 1\n',
    'desktop_env/evaluators/getters/file.py': '',
    'mm_agents/__init__.py': '',
  },
};

export class PythonIndex implements AsyncDisposable {
  /** Names of the wheels that were sent whole, in order. */
  readonly sent: string[] = [];
  /** What happens instead of sending this package's wheel. */
  readonly faults = new Map<string, 'breaks off' | 'hangs'>();
  readonly #server = createServer((request, response) => this.#answer(request.url ?? '', response));
  readonly #wheels: readonly Wheel[];

  private constructor(wheels: readonly Wheel[]) {
    this.#wheels = wheels;
  }

  static async start(wheels: readonly Wheel[]): Promise<PythonIndex> {
    const index = new PythonIndex(wheels);
    index.#server.listen(0, '127.0.0.1');
    await once(index.#server, 'listening');
    return index;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/simple`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer(path: string, response: ServerResponse): void {
    const page = /^\/simple\/([^/]+)\/$/.exec(path)?.[1]?.replaceAll('-', '_');
    const wheel = this.#wheels.find((each) => each.name === page || path === `/files/${fileName(each)}`);
    if (wheel === undefined) return void response.writeHead(404).end();
    if (page !== undefined) {
      const link = `<a href="/files/${fileName(wheel)}">${fileName(wheel)}</a>`;
      return void response.writeHead(200, { 'content-type': 'text/html' }).end(link);
    }
    const fault = this.faults.get(wheel.name);
    if (fault === 'hangs') return;
    const bytes = wheelBytes(wheel);
    response.writeHead(200, {
      'content-type': 'application/octet-stream',
      'content-length': bytes.length,
      'cache-control': 'max-age=365000000, immutable',
    });
    if (fault === 'breaks off') {
      response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
      return;
    }
    response.end(bytes, () => this.sent.push(wheel.name));
  }
}

/** The same wheels as files in a folder. */
export function writeWheels(folder: string, wheels: readonly Wheel[]): void {
  for (const wheel of wheels) writeFileSync(join(folder, fileName(wheel)), wheelBytes(wheel));
}

function fileName({ name, version }: Wheel): string {
  return `${name}-${version}-py3-none-any.whl`;
}

function wheelBytes({ name, version, files = {} }: Wheel): Uint8Array {
  const info = `${name}-${version}.dist-info`;
  const all: Record<string, string | Uint8Array> = {
    [`${name}/__init__.py`]: '',
    ...files,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
  };
  const record = [...Object.keys(all), `${info}/RECORD`].map((path) => `${path},,\n`).join('');
  const entries = Object.entries({ ...all, [`${info}/RECORD`]: record });
  return zipSync(
    Object.fromEntries(
      entries.map(([path, data]) => [path, typeof data === 'string' ? strToU8(data) : data]),
    ),
  );
}
