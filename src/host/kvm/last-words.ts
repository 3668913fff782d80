/** What QEMU says when KVM cannot run its guest any further. It then pauses the guest and stays alive: nothing else ends. */

/** As QEMU's accel/kvm prints them; another writer of the same console may stand before them on the line. */
const LAST_WORDS = [
  /KVM internal error\. Suberror: \d+/,
  /KVM: entry failed, hardware error 0x[\da-f]+/,
  /KVM: unknown exit, hardware reason [\da-f]+/,
  /error: kvm run failed .*/,
  // Comes after the first one, on a line of its own.
  /^emulation failure$/,
];

/** The words, when one of these lines has them; null as long as the guest may go on. */
export function lastWords(lines: readonly string[]): string | null {
  for (const pattern of LAST_WORDS) {
    const match = lines.map((line) => pattern.exec(line.trim())).find((found) => found !== null);
    if (match) return match[0];
  }
  return null;
}
