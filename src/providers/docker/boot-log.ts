/** Where a boot is, read from the lines that its console prints: firmware → GRUB → kernel → services → agent. */
import { stripVTControlCharacters } from 'node:util';

/** In the order in which a guest goes through them. */
export const BOOT_PHASES = ['container', 'firmware', 'GRUB', 'kernel', 'services', 'agent'] as const;
export type BootPhase = (typeof BOOT_PHASES)[number];

/** What tells a phase. The first row that matches a line names it. */
const SIGNS: readonly [BootPhase, RegExp][] = [
  ['agent', /arpo-env guest|Serving Flask app|Running on http:\/\/\S+:5000|osworld[\w-]*\.service/i],
  [
    'kernel',
    /^\[\s*\d+\.\d{6}\]|Linux version \d|Decompressing Linux|EFI stub:|Loading (Linux|initial ramdisk)/,
  ],
  ['services', /^\[\s*(OK|FAILED|DEPEND)\s*\]|^Welcome to .*!|systemd\[1\]|\blogin:/],
  ['GRUB', /GNU GRUB|Welcome to GRUB|GRUB loading|grub(>| rescue>)/],
  ['firmware', /SeaBIOS|iPXE|TianoCore|BdsDxe|UEFI (firmware|v?\d)|Booting from (Hard Disk|ROM|DVD|Floppy)/],
];

const KEPT_LINES = 50;
const LINE_LIMIT = 500;

export class BootLog {
  #phase: BootPhase = 'container';
  readonly #lines: string[] = [];

  get phase(): BootPhase {
    return this.#phase;
  }

  /** The last 50 lines. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Takes one raw line; returns it as it is kept, or null when it shows nothing. */
  add(raw: string): string | null {
    const line = plain(raw);
    if (line === '') return null;
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    const sign = SIGNS.find(([, pattern]) => pattern.test(line))?.[0];
    // Only the firmware's own lines lead back: the machine was reset. A kernel message among services does not.
    if (sign && (sign === 'firmware' || rank(sign) > rank(this.#phase))) this.#phase = sign;
    return line;
  }
}

function rank(phase: BootPhase): number {
  return BOOT_PHASES.indexOf(phase);
}

/** Without escape sequences and control characters: a firmware paints its menus with them. */
function plain(raw: string): string {
  return stripVTControlCharacters(raw)
    .replace(/\p{Cc}/gu, '')
    .trim()
    .slice(0, LINE_LIMIT);
}
