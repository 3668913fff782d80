/** The key of a display: who has the file may use the screen (Xsecurity(7), the format is that of Xau(3)). */
import { randomBytes } from 'node:crypto';

export const COOKIE_PROTOCOL = 'MIT-MAGIC-COOKIE-1';
/** Matches every host, and with an empty number every display. */
const FAMILY_WILD = 0xffff;

export function newCookie(): Buffer {
  return randomBytes(16);
}

export function xauthority(cookie: Buffer): Buffer {
  const family = Buffer.alloc(2);
  family.writeUInt16BE(FAMILY_WILD);
  return Buffer.concat([family, ...[Buffer.alloc(0), Buffer.alloc(0), Buffer.from(COOKIE_PROTOCOL), cookie].map(counted)]);
}

function counted(data: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(data.length);
  return Buffer.concat([length, data]);
}
