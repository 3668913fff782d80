import { describe, expect, it } from 'vitest';
import { day, dayIn } from '../../../../src/evaluators/native/getters/calendar.js';
import {
  lookUpTimeZone,
  resolveRelativeRules,
} from '../../../../src/evaluators/native/getters/relative-time.js';
import { FixtureDesktop } from '../fixture-desktop.js';

const ISO = '{Year}-{Month0D}-{Day0D}';

describe('resolveRelativeRules', () => {
  it.each([
    // 2026-11-21 is a Saturday.
    ['tomorrow', [2026, 11, 21], '2026-11-22'],
    ['tomorrow', [2026, 12, 31], '2027-01-01'],
    ['this month', [2026, 11, 21], '2026-11-21'],
    ['5th next month', [2026, 12, 3], '2027-01-05'],
    ['10th next month', [2026, 11, 21], '2026-12-10'],
    ['next Monday', [2026, 11, 21], '2026-11-23'],
    ['next Monday', [2026, 11, 23], '2026-11-30'],
    ['next Monday', [2026, 11, 22], '2026-11-23'],
    ['first monday eight months later', [2026, 11, 21], '2027-07-05'],
    ['first monday eight months later', [2026, 4, 1], '2026-12-07'],
    ['first monday eight months later', [2026, 10, 1], '2027-06-07'],
  ] as const)('%s of %j is %s', (from, [year, month, date], time) => {
    const rules = { relativeTime: { from }, expected: { time: ISO, other: 'kept' } };
    expect(resolveRelativeRules(rules, day(year, month, date))).toEqual({
      ...rules,
      expected: { time, other: 'kept' },
    });
    expect(rules.expected.time).toBe(ISO);
  });

  it.each([
    ['10th next month', '11th next month', '2026-12-10', '2026-12-11'],
    ['next week Friday', 'next week Sunday', '2026-11-27', '2026-11-29'],
    ['next week Saturday', 'next week Sunday', '2026-11-28', '2026-11-29'],
  ] as const)('from %s to %s', (from, to, first, last) => {
    const rules = { relativeTime: { from, to }, expected: { from: ISO, to: ISO } };
    expect(resolveRelativeRules(rules, day(2026, 11, 21)).expected).toEqual({ from: first, to: last });
  });

  it('splits days into their parts', () => {
    const part = {
      puDay: '{DayD}',
      puMonth: '{MonthD}',
      puYear: '{Year}',
      doDay: '{DayD}',
      doMonth: '{MonthD}',
      doYear: '{Year}',
    };
    const rules = { relativeTime: { from: 'next Monday split', to: 'next Friday split' }, expected: part };
    expect(resolveRelativeRules(rules, day(2026, 12, 24)).expected).toEqual({
      puDay: '28',
      puMonth: '12',
      puYear: '2026',
      doDay: '1',
      doMonth: '1',
      doYear: '2027',
    });
  });

  it('knows all placeholders, each once', () => {
    const time = '{DoW} {Month} {DayD} {Day0D} {MonthD} {Month0D} {month} {MonthFull} {Year} {Year}';
    const rules = { relativeTime: { from: 'this month' }, expected: { time } };
    expect(resolveRelativeRules(rules, day(2026, 3, 5)).expected).toEqual({
      time: 'Thu Mar 5 05 3 03 march March 2026 {Year}',
    });
  });

  it('raises when there is nothing to fill in', () => {
    const rules = { relativeTime: { from: 'tomorrow' }, expected: {} };
    expect(() => resolveRelativeRules(rules, day(2026, 3, 5))).toThrow(
      expect.objectContaining({ name: 'KeyError' }),
    );
  });
});

it('takes today from the time zone', () => {
  const instant = new Date('2026-11-21T23:30:00Z');
  expect(dayIn('Europe/Zurich', instant)).toEqual(day(2026, 11, 22));
  expect(dayIn('America/New_York', instant)).toEqual(day(2026, 11, 21));
  expect(() => dayIn('Mars/Olympus', instant)).toThrow(RangeError);
});

describe('lookUpTimeZone', () => {
  it('asks the service', async () => {
    await using desktop = await FixtureDesktop.start();
    desktop.web.set('/json/', '{"timezone": "Asia/Tokyo"}');
    expect(await lookUpTimeZone(new URL('/json/', desktop.url), desktop.context())).toBe('Asia/Tokyo');
  });

  it('takes UTC otherwise, and says so', async () => {
    await using desktop = await FixtureDesktop.start();
    const told: string[] = [];
    const context = desktop.context({ onProgress: (text) => told.push(text) });
    expect(await lookUpTimeZone(new URL('/none', desktop.url), context)).toBe('UTC');
    expect(told).toEqual([expect.stringContaining('so its dates are those of UTC: ')]);
  });
});
