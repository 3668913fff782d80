import { describe, expect, it } from 'vitest';
import { pullProgress } from '../../../src/setup/steps/pull-progress.js';

const A = '0123456789ab';
const B = 'ba9876543210';

function read(...lines: string[]) {
  const progress = pullProgress();
  return lines.map(progress);
}

describe('the progress of docker pull', () => {
  it('counts bytes and layers', () => {
    const seen = read(
      `${A}: Pulling fs layer `,
      `${B}: Waiting `,
      `\u001b[2A\u001b[2K\r${A}: Downloading [==>    ]  25MB/100MB\u001b[2B`,
      `${A}: Download complete `,
      `${A}: Extracting [=====> ]  50MB/100MB`,
      `${B}: Downloading    150MB/300MB`,
      `${A}: Pull complete `,
      `${B}: Pull complete `,
    );
    expect(seen.map((progress) => progress?.text)).toEqual([
      '0 of 1 layers',
      '0 of 2 layers',
      '25.0 MB of 100.0 MB, 0 of 2 layers',
      '100.0 MB of 100.0 MB, 0 of 2 layers',
      '100.0 MB of 100.0 MB, 0 of 2 layers',
      '250.0 MB of 400.0 MB, 0 of 2 layers',
      '250.0 MB of 400.0 MB, 1 of 2 layers',
      '400.0 MB of 400.0 MB, 2 of 2 layers',
    ]);
    const percent = seen.map((progress) => Math.round((progress?.fraction ?? Number.NaN) * 100));
    expect(percent).toEqual([0, 0, 10, 40, 45, 53, 55, 100]);
  });

  it('never goes back, and reads every unit', () => {
    const seen = read(
      `${A}: Downloading  8.192kB/1.5GB`,
      `${A}: Downloading  1.4GB/1.5GB`,
      `${A}: Downloading  2B/1.5GB`,
    );
    expect(seen.map((progress) => (progress?.fraction ?? 0).toFixed(2))).toEqual(['0.00', '0.75', '0.75']);
  });

  it('takes what is there already for done', () => {
    expect(read(`${A}: Already exists`)).toEqual([{ fraction: 1, text: '1 of 1 layers' }]);
  });

  it.each(['latest: Pulling from desktop', 'Status: Image is up to date', '', `${A}`])(
    '%j says nothing',
    (line) => {
      expect(read(line)).toEqual([null]);
    },
  );
});
