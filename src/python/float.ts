/** Python's numbers as text: `float(str)`, `int(str)`, `repr(float)` and `round(x, 3)`. */
import { DECIMAL, DIGITS } from './number-literal.js';

const FLOAT = new RegExp(`^[+-]?${DECIMAL}$`, 'i');
const INT = new RegExp(`^[+-]?${DIGITS}$`);
const NOT_FINITE = /^([+-]?)(inf|infinity|nan)$/i;

/** `float(text)` for text without surrounding blanks; null where Python raises ValueError. */
export function parseFloatText(text: string): number | null {
  const ascii = asciiDigits(text);
  if (FLOAT.test(ascii)) return Number(ascii.replaceAll('_', ''));
  const special = NOT_FINITE.exec(ascii);
  if (!special) return null;
  const value = special[2]?.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY;
  return special[1] === '-' ? -value : value;
}

/** `int(text)` for text without surrounding blanks; null where Python raises ValueError. */
export function parseIntText(text: string): number | null {
  const ascii = asciiDigits(text);
  return INT.test(ascii) ? Number(ascii.replaceAll('_', '')) : null;
}

/** `repr(value)`: JavaScript finds the same shortest digits, but writes exponents elsewhere and otherwise. */
export function reprFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const [mantissa = '', power = '0'] = Math.abs(value).toExponential().split('e');
  const exponent = Number(power);
  const digits = mantissa.replace('.', '');
  if (exponent < -4 || exponent >= 16) {
    const padded = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${padded}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** `round(value, 3)`: like toFixed exact in the binary value, but a tie goes to the even neighbour and -0.0 stays. */
export function round3(value: number): number {
  const size = Math.abs(value);
  // Ties at the third decimal are the odd multiples of 1/16: no other half of 1/1000 is a binary fraction.
  const tie = (size * 16) % 2 === 1;
  const rounded = tie ? roundTie(size) : Number(size.toFixed(3));
  return value < 0 || Object.is(value, -0) ? -rounded : rounded;
}

function roundTie(size: number): number {
  const whole = Math.floor(size);
  const below = Math.floor((size - whole) * 1000); // exact, unlike size * 1000
  const thousandths = below % 2 === 0 ? below : below + 1;
  return Number(`${whole}.${String(thousandths).padStart(3, '0')}`);
}

function asciiDigits(text: string): string {
  return text.replace(/(?![0-9])\p{Nd}/gu, (digit) => String(digitValue(digit)));
}

/** Decimal digits of every script come in runs of ten, zero first. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return (code - zero) % 10;
}
