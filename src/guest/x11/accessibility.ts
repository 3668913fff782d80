/**
 * The accessibility tree: what the desktop's applications publish over AT-SPI, read by a program of ours in a process of
 * its own, so that an application that keeps it waiting holds up nothing else.
 */
import { readFile } from 'node:fs/promises';
import { FreshWork } from '../../lib/once.js';
import { packageFile } from '../../lib/package.js';
import { GuestError, MissingFeature } from '../machine.js';
import { SYSTEM_PYTHON } from './desktop-python.js';
import type { Processes } from './processes.js';
import { missingForAccessibility } from './requirements.js';

export interface AccessibilityParts {
  processes: Processes;
  /** Path of the reader. */
  program: string;
  lifetime: AbortSignal;
  log(line: string): void;
}

/** The reader itself ends after this long. */
const TREE_SECONDS = 60;
const KILL_SECONDS = TREE_SECONDS + 15;
/** OSWorld's getters look for Chrome by its name, and on ARM, for which there is no Chrome, for Chromium. */
const RENAMED = process.arch === 'arm64' ? [] : ['--rename', 'Chromium', 'Google Chrome'];

export class AccessibilityTree {
  readonly #reading = new FreshWork(() => this.#read());
  /** What is there stays there. */
  #isComplete = false;

  readonly #parts: AccessibilityParts;

  constructor(parts: AccessibilityParts) {
    this.#parts = parts;
  }

  /**
   * One reading at a time; who comes meanwhile shares the next one, so that every tree is younger than its request.
   * Throws MissingFeature where packages are missing, and GuestError.
   */
  read(): Promise<string> {
    return this.#reading.get();
  }

  /** Why there is no tree; null when there is one. */
  async missing(): Promise<MissingFeature | null> {
    if (this.#isComplete) return null;
    const { programs, install } = await missingForAccessibility();
    this.#isComplete = install === null;
    if (install === null) return null;
    const packages = programs.map(({ debianPackage }) => debianPackage);
    const message = `this desktop has no accessibility tree: it lacks ${packages.join(', ')}`;
    return new MissingFeature(message, install);
  }

  async #read(): Promise<string> {
    const { processes, program, lifetime, log } = this.#parts;
    const missing = await this.missing();
    if (missing) throw missing;
    const argv = [
      SYSTEM_PYTHON,
      '-I',
      '-W',
      'ignore',
      program,
      '--seconds',
      String(TREE_SECONDS),
      ...RENAMED,
    ];
    const { stdout, stderr, returncode } = await processes.run(argv, {
      timeoutSeconds: KILL_SECONDS,
      signal: lifetime,
    });
    const lines = stderr.toString().trim().split('\n').slice(-5);
    if (returncode !== 0) throw new GuestError(`there is no accessibility tree: ${lines.at(-1)}`);
    for (const line of lines) if (line !== '') log(`accessibility: ${line}`);
    return stdout.toString();
  }
}

/** The text of the program that reads the tree. */
export function treeProgram(): Promise<Buffer> {
  return readFile(packageFile('templates/guest/accessibility-tree.py'));
}
