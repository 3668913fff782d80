/** A desktop that is paused without a control group, by signals: what is in it goes on afterwards. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { descendants } from '../../src/host/process-table.js';
import { stoppable } from '../../src/providers/local/processes.js';
import { signalAll } from '../../src/providers/local/remove-desktop.js';
import { describeWith } from '../support/components.js';
import { eventually } from '../support/eventually.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { realDisplay } from '../support/x-display.js';

const { signal } = new AbortController();

describeWith('xterm', 'a terminal that was stopped with its shell', () => {
  it('takes what is typed after it was continued, each time', async () => {
    using folder = new TemporaryFolder({ typed: '' });
    await using display = await realDisplay();
    // From its first printing on it listens for the end of its children; our terminals print when their text is asked for.
    const terminal = display.start(
      ...(['xterm', '-xrm', '*VT100.Translations: #override <Key>F12: print-everything(noNewPage)'] as const),
      ...['-xrm', '*printerAutoClose: true', '-xrm', `*printerCommand: tee ${folder.path}/printed`],
      ...['-e', 'sh', '-c', `cat > ${folder.path}/typed`],
    );
    await eventually(async () => expect(await display.windows.list()).toHaveLength(1));
    const press = async (key: string) => {
      await display.input.keyboard.press(key, signal);
      await display.input.keyboard.release(key);
      await display.input.done();
    };
    await press('f12');
    await eventually(() => expect(existsSync(`${folder.path}/printed`)).toBe(true));
    const pid = terminal.pid ?? expect.fail('xterm was not started');
    for (const text of ['a', 'ab', 'abc']) {
      const stopped = await stoppable([pid, ...(await descendants(pid))]);
      expect(stopped).toEqual([pid]);

      signalAll(stopped, 'SIGSTOP');
      await eventually(() => expect(stopped.map(stateOf)).toEqual(stopped.map(() => 'T')));
      signalAll(stopped.toReversed(), 'SIGCONT');
      await press(text.at(-1) ?? '');
      await press('enter');
      await eventually(async () =>
        expect(readFileSync(`${folder.path}/typed`, 'utf8').replaceAll('\n', '')).toBe(text),
      );
    }
  });
});

/** As proc(5) has it. */
function stateOf(pid: number): string | undefined {
  return /^State:\t(\S)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}
