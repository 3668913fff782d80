/** The key of a display: who has the file may use the screen (Xsecurity(7), the format is that of Xau(3)). */
import { randomBytes } from 'node:crypto';

export const COOKIE_PROTOCOL = 'MIT-MAGIC-COOKIE-1';
/** Matches every host, and with an empty number every display. */
const FAMILY_WILD = 0xffff;
/** A socket on this machine; the address is its name. */
const FAMILY_LOCAL = 0x0100;

export function newCookie(): Buffer {
  return randomBytes(16);
}

/**
 * The file's bytes. The number is not known before the server has chosen one. With it, the key is there under this
 * machine's name as well: python-xlib, and so pyautogui, understands no wildcard.
 */
export function xauthority(cookie: Buffer, display?: { hostname: string; number: number }): Buffer {
  const wild = entry(FAMILY_WILD, '', '', cookie);
  if (!display) return wild;
  return Buffer.concat([entry(FAMILY_LOCAL, display.hostname, String(display.number), cookie), wild]);
}

function entry(family: number, address: string, number: string, cookie: Buffer): Buffer {
  const fields = [Buffer.from(address), Buffer.from(number), Buffer.from(COOKIE_PROTOCOL), cookie];
  return Buffer.concat([uint16(family), ...fields.flatMap((field) => [uint16(field.length), field])]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}
