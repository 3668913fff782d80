/**
 * OSWorld's own controllers, and requests that no client of OSWorld's sends, against a real desktop of ours: each answer is
 * that of OSWorld's own server (`desktop_env/server/main.py`), which was recorded once, with the same programs, on an X
 * display with openbox. The table at the end says it case by case.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWith, findExecutable } from '../support/components.js';
import { realDesktop } from '../support/x11-desktop.js';

interface Recorded {
  /** Case → what the original answered. */
  answers: Record<string, unknown>;
  /** Case → what we answer instead, and why. */
  otherwise: Record<string, { answer: unknown; why: string }>;
}

const { answers, otherwise } = JSON.parse(
  readFileSync(new URL('../fixtures/guest/osworld-server-answers.json', import.meta.url), 'utf8'),
) as Recorded;
const PYTHON = join(import.meta.dirname, '../../.e2e-venv/bin/python');
const CLIENTS = join(import.meta.dirname, 'fixtures/osworld/clients.py');
const RUN_MS = 900_000;

describeWith('Xvfb', 'OSWorld’s own clients', () => {
  describeWith('ffmpeg', 'with what they ask for', () => {
    let ours: Record<string, unknown> = {};
    const verdicts = new Map<string, string>();

    beforeAll(async () => {
      await using real = await realDesktop();
      const ports = [real.desktop.agent.port, real.desktop.cdp.port];
      const { stdout } = await execa(PYTHON, [CLIENTS, ...ports], { timeout: RUN_MS });
      ours = JSON.parse(stdout) as Record<string, unknown>;
    }, RUN_MS);

    afterAll(() => {
      for (const line of table(verdicts)) console.info(line);
    });

    it('are asked for everything that was recorded', () => {
      expect(Object.keys(ours).sort()).toEqual(Object.keys(answers).sort());
      expect(Object.keys(answers)).toEqual(expect.arrayContaining(Object.keys(otherwise)));
    });

    describe.skipIf(findExecutable('chromium') === undefined)('get what OSWorld’s server answers', () => {
      it.each(Object.keys(answers))('%s', (name) => {
        const exception = otherwise[name];
        verdicts.set(name, 'differs');
        expect(ours[name]).toEqual(exception === undefined ? answers[name] : exception.answer);
        verdicts.set(name, exception === undefined ? 'same' : `otherwise: ${exception.why}`);
      });
    });
  });
});

/** One line a case; the keys, of which there are many, in one where they agree. */
function table(verdicts: ReadonlyMap<string, string>): string[] {
  const rows = [...verdicts].map(([name, verdict]) => ({ name, verdict, isKey: name.startsWith('PRESS ') }));
  const keys = rows.filter(({ isKey, verdict }) => isKey && verdict === 'same').length;
  const shown = rows.filter(({ isKey, verdict }) => !isKey || verdict !== 'same');
  const all = [...shown, { name: `PRESS, ${keys} keys`, verdict: 'same' }];
  const width = Math.max(...all.map(({ name }) => name.length));
  return all.map(({ name, verdict }) => `${name.padEnd(width)}  ${verdict}`);
}
