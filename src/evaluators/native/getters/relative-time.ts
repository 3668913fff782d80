/** The rule getter whose expected dates are relative to today. Facts: evaluators.md §6. */

import got from 'got';
import { z } from 'zod';
import { messageOf } from '../../../lib/errno.js';
import { proxyAgents } from '../../../lib/proxy.js';
import type { EvaluationContext } from '../../judge.js';
import { item, text } from '../../python/values.js';
import { addDays, type Day, dayIn, dayOfLaterMonth, weekday } from './calendar.js';
import { getter } from './getter.js';

/** Where OSWorld asks which time zone this machine's address is in, when a task gives none. */
const TIME_ZONE_SERVICE = new URL('https://ipapi.co/json/');
const TIME_ZONE_TIMEOUT_MS = 5_000;

const DAYS: Readonly<Record<string, (today: Day) => Day>> = {
  tomorrow: (today) => addDays(today, 1),
  'this month': (today) => today,
  '5th next month': (today) => dayOfLaterMonth(today, 1, 5),
  '10th next month': (today) => dayOfLaterMonth(today, 1, 10),
  '11th next month': (today) => dayOfLaterMonth(today, 1, 11),
  'next Monday': nextMonday,
  'next Monday split': nextMonday,
  // Tasks ask for it only after "next Monday": the Friday of that week.
  'next Friday split': (today) => addDays(nextMonday(today), 4),
  'next week Friday': (today) => addDays(nextMonday(today), 4),
  'next week Saturday': (today) => addDays(nextMonday(today), 5),
  'next week Sunday': (today) => addDays(nextMonday(today), 6),
  // The reference fails in April, when it computes a month 0.
  'first monday eight months later': (today) => firstMonday(dayOfLaterMonth(today, 8, 1)),
};

const relativeDay = z.enum(Object.keys(DAYS));

const rulesSchema = z.looseObject({
  relativeTime: z.looseObject({ from: relativeDay, to: relativeDay.optional() }),
  /** IANA name. */
  timezone: z.string().optional(),
  expected: z.record(z.string(), z.unknown()),
});

export const ruleRelativeTime = getter(z.looseObject({ rules: rulesSchema }), async ({ rules }, context) => {
  const timeZone = rules.timezone ?? (await lookUpTimeZone(TIME_ZONE_SERVICE, context));
  return resolveRelativeRules(rules, dayIn(timeZone, new Date()));
});

/**
 * The rules with dates in place of the placeholders of `expected`: `time` for a single day; `from` and `to` for two, or
 * puDay, puMonth, puYear and doDay, doMonth, doYear when the days are "split". The task keeps its placeholders.
 */
export function resolveRelativeRules(
  rules: z.output<typeof rulesSchema>,
  today: Day,
): Record<string, unknown> {
  const { from, to } = rules.relativeTime;
  const expected = { ...rules.expected };
  const fill = (keys: readonly string[], day: Day): void => {
    for (const key of keys) expected[key] = formatDay(text(item(expected, key)), day);
  };
  fill(keysOf(from, to === undefined ? 'time' : 'from', 'pu'), dayNamed(from, today));
  if (to !== undefined) fill(keysOf(to, 'to', 'do'), dayNamed(to, today));
  return { ...rules, expected };
}

/** The time zone of this machine's address; UTC, with a message, when that cannot be found out. */
export async function lookUpTimeZone(
  service: URL,
  { signal, onProgress }: EvaluationContext,
): Promise<string> {
  try {
    const agent = proxyAgents(service);
    const options = { timeout: { request: TIME_ZONE_TIMEOUT_MS }, retry: { limit: 0 }, agent, signal };
    return z.object({ timezone: z.string().min(1) }).parse(await got(service, options).json()).timezone;
  } catch (error) {
    signal.throwIfAborted();
    const reason = messageOf(error);
    onProgress?.(
      `the task names no time zone and ${service.host} does not tell ours, so its dates are those of UTC: ${reason}`,
    );
    return 'UTC';
  }
}

/** Each placeholder is replaced once. */
function formatDay(format: string, day: Day): string {
  const name = (options: Intl.DateTimeFormatOptions): string =>
    day.toLocaleDateString('en-US', { ...options, timeZone: 'UTC' });
  const month = day.getUTCMonth() + 1;
  const fields: Record<string, string> = {
    '{DoW}': name({ weekday: 'short' }),
    '{Month}': name({ month: 'short' }),
    '{DayD}': String(day.getUTCDate()),
    '{Year}': String(day.getUTCFullYear()),
    '{Month0D}': String(month).padStart(2, '0'),
    '{month}': name({ month: 'long' }).toLowerCase(),
    '{MonthFull}': name({ month: 'long' }),
    '{Day0D}': String(day.getUTCDate()).padStart(2, '0'),
    '{MonthD}': String(month),
  };
  return Object.entries(fields).reduce(
    (text, [placeholder, value]) => text.replace(placeholder, value),
    format,
  );
}

function keysOf(name: string, whole: string, splitPrefix: string): string[] {
  return name.endsWith(' split') ? ['Day', 'Month', 'Year'].map((part) => splitPrefix + part) : [whole];
}

function dayNamed(name: string, today: Day): Day {
  const find = DAYS[name];
  if (!find) throw new Error(`"${name}" is not a relative time that OSWorld's tasks use`);
  return find(today);
}

/** A week from now when today is Monday. */
function nextMonday(today: Day): Day {
  return addDays(today, 7 - weekday(today));
}

function firstMonday(firstOfMonth: Day): Day {
  return addDays(firstOfMonth, (7 - weekday(firstOfMonth)) % 7);
}
