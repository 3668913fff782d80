/** Short options of simple commands. */
import { type CommandIo, UsageError } from '../shell.js';

/**
 * Letters in `known` are flags; a letter followed by `:` takes a value. Throws UsageError for others, so that an option
 * that is not understood is never ignored.
 */
export function parseOptions(
  io: CommandIo,
  known: string,
): { flags: Map<string, string>; operands: string[] } {
  const flags = new Map<string, string>();
  const operands: string[] = [];
  const args = [...io.args];
  for (let arg = args.shift(); arg !== undefined; arg = args.shift()) {
    if (arg === '--') {
      operands.push(...args);
      break;
    }
    if (!/^-[^-]/.test(arg)) {
      if (arg.startsWith('--')) throw new UsageError(`unrecognized option '${arg}'`);
      operands.push(arg);
      continue;
    }
    for (let letters = arg.slice(1); letters !== ''; letters = letters.slice(1)) {
      const letter = letters.charAt(0);
      const at = known.indexOf(letter);
      if (at === -1 || letter === ':') throw new UsageError(`invalid option -- '${letter}'`);
      if (known.charAt(at + 1) !== ':') {
        flags.set(letter, '');
        continue;
      }
      const value = letters.slice(1) || args.shift();
      if (value === undefined) throw new UsageError(`option requires an argument -- '${letter}'`);
      flags.set(letter, value);
      break;
    }
  }
  return { flags, operands };
}

/** Needs at least `count` operands. */
export function needOperands(operands: readonly string[], count: number): void {
  if (operands.length < count)
    throw new UsageError(
      operands.length === 0 ? 'missing operand' : `missing operand after '${operands.at(-1)}'`,
    );
}
