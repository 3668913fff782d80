/** Docker's log format for containers without a TTY: frames of an 8-byte header (stream, 0, 0, 0, length) and a payload. */

/** The payloads, in order. A frame that was cut off is taken as far as it goes. */
export function withoutFrames(framed: Buffer): string {
  const payloads: Buffer[] = [];
  for (let offset = 0; offset + 8 <= framed.length; ) {
    const end = offset + 8 + framed.readUInt32BE(offset + 4);
    payloads.push(framed.subarray(offset + 8, end));
    offset = end;
  }
  return Buffer.concat(payloads).toString('utf8');
}
