/** `date +FORMAT`, in UTC: the simulated desktop's time zone. */
import { UsageError } from '../shell.js';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

const pad = (value: number, width = 2, fill = '0') => String(value).padStart(width, fill);

const FIELDS: Readonly<Record<string, (date: Date) => string>> = {
  '%': () => '%',
  n: () => '\n',
  Y: (date) => String(date.getUTCFullYear()),
  y: (date) => pad(date.getUTCFullYear() % 100),
  m: (date) => pad(date.getUTCMonth() + 1),
  d: (date) => pad(date.getUTCDate()),
  e: (date) => pad(date.getUTCDate(), 2, ' '),
  H: (date) => pad(date.getUTCHours()),
  I: (date) => pad(date.getUTCHours() % 12 || 12),
  M: (date) => pad(date.getUTCMinutes()),
  S: (date) => pad(date.getUTCSeconds()),
  p: (date) => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  F: (date) => date.toISOString().slice(0, 10),
  T: (date) => date.toISOString().slice(11, 19),
  a: (date) => (DAYS[date.getUTCDay()] ?? '').slice(0, 3),
  A: (date) => DAYS[date.getUTCDay()] ?? '',
  b: (date) => (MONTHS[date.getUTCMonth()] ?? '').slice(0, 3),
  B: (date) => MONTHS[date.getUTCMonth()] ?? '',
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  N: (date) => pad(date.getUTCMilliseconds() * 1_000_000, 9),
  Z: () => 'UTC',
  z: () => '+0000',
};

export function formatDate(date: Date, format: string): string {
  return format.replace(/%(.?)/gs, (token, letter: string) => {
    const field = FIELDS[letter];
    if (!field) throw new UsageError(`${token}: this format is not supported by the simulated date`);
    return field(date);
  });
}
