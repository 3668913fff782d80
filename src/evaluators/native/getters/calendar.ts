/** Calendar days, without hours and zones. */

/** Midnight UTC of a day that is meant without a zone. */
export type Day = Date;

const DAY_MS = 86_400_000;

/** The day that it is at `instant` in a time zone of the IANA database. Throws RangeError for an unknown zone. */
export function dayIn(timeZone: string, instant: Date): Day {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  }).formatToParts(instant);
  const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
  return day(part('year'), part('month'), part('day'));
}

/** `month` counts from 1, and may be over 12. */
export function day(year: number, month: number, dayOfMonth: number): Day {
  return new Date(Date.UTC(year, month - 1, dayOfMonth));
}

export function addDays(start: Day, days: number): Day {
  return new Date(start.getTime() + days * DAY_MS);
}

/** The given day of a month that is `months` after that of `start`. */
export function dayOfLaterMonth(start: Day, months: number, dayOfMonth: number): Day {
  return day(start.getUTCFullYear(), start.getUTCMonth() + 1 + months, dayOfMonth);
}

/** 0 for Monday, 6 for Sunday, as in Python. */
export function weekday(date: Day): number {
  return (date.getUTCDay() + 6) % 7;
}
