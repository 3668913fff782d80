import { describe, expect, it } from 'vitest';
import { encode } from '../../../src/evaluators/osworld/encode.js';

const encoding = { cacheDir: '/cache', evaluation: 'name' };
const encoded = async (value: unknown): Promise<unknown> =>
  JSON.parse(Buffer.concat(await encode(value, encoding)).toString());

describe('what a function is called with', () => {
  it('is JSON, however long its texts are', async () => {
    const value = {
      text: `😀"\\\n${'ab😀"\n'.repeat(30_000)}`,
      numbers: [1, 1.5, -0, 1e300],
      none: null,
      yes: true,
    };
    expect(await encoded(value)).toEqual(JSON.parse(JSON.stringify(value)));
  });

  it('is marked where JSON would say something else', async () => {
    expect(await encoded([Number.NaN, Number.NEGATIVE_INFINITY, 2n ** 64n, undefined])).toEqual([
      { $float: 'NaN' },
      { $float: '-Infinity' },
      { $int: '18446744073709551616' },
      null,
    ]);
    expect(await encoded(['/cache/a/b', '/cache', '/cached/a'])).toEqual([
      { $file: 'a/b' },
      '/cache',
      '/cached/a',
    ]);
    expect(await encoded({ $kept: 'name/3' })).toEqual({ $kept: 'name/3' });
    expect(await encoded([{ $kept: 'other/3' }, { a: { $file: 'x', b: [1] } }])).toEqual([
      { $object: [['$kept', 'other/3']] },
      {
        a: {
          $object: [
            ['$file', 'x'],
            ['b', [1]],
          ],
        },
      },
    ]);
  });

  it('lets others have their turn', async () => {
    let turns = 0;
    const counting = setInterval(() => {
      turns += 1;
    }, 0);
    await encode(
      { text: 'ab"\n'.repeat(3_000_000), values: Array.from({ length: 300_000 }, () => ({ a: 1 })) },
      encoding,
    );
    clearInterval(counting);
    expect(turns).toBeGreaterThan(3);
  });
});
