/** Which of the runs a person means: those of a kind, or the one that is named by pid, port, URL or host. */

import { nearestName } from '../config/nearest.js';
import { ArpoEnvError } from '../errors.js';
import { isRunKind, RUN_KIND_NAMES, RUN_KINDS, type RunKind } from './kinds.js';
import { describeRun, detailsOf, type Run } from './run.js';

export interface RunSelector {
  /** Undefined: of any kind. */
  kind: RunKind | undefined;
  /** Undefined: all of that kind. */
  name: string | undefined;
}

/**
 * The words behind `stop` and `logs`: `server`, `tunnel deepx`, `4711`, or none; `all` is the word for none, where there is
 * one. Throws E_USAGE for too many.
 */
export function parseSelector(words: readonly string[], all?: 'all'): RunSelector {
  const [first, ...rest] = words;
  if (all !== undefined && first === all && rest.length === 0) return { kind: undefined, name: undefined };
  const kind = first !== undefined && isRunKind(first) ? first : undefined;
  const names = kind === undefined ? words : rest;
  if (names.length <= 1) return { kind, name: names[0] };
  throw kind === undefined ? notAKind(first ?? '') : tooMany(names);
}

/** Those that are meant; none is an answer where only a kind was said. Throws E_USAGE where a name fits none. */
export function selectRuns<Candidate extends Run>(
  runs: readonly Candidate[],
  { kind, name }: RunSelector,
): Candidate[] {
  const ofKind = runs.filter((run) => kind === undefined || run.kind === kind);
  if (name === undefined) return ofKind;
  // A pid is what we print to tell runs apart: it wins over a port that has the same digits.
  const byPid = ofKind.filter(({ process }) => String(process.pid) === name);
  const found = byPid.length > 0 ? byPid : ofKind.filter((run) => namesOf(run).includes(name));
  if (found.length > 0) return found;
  throw kind === undefined ? notAKind(name) : unknownName(kind, name);
}

/** Throws E_USAGE that lists the command for each one of `runs`, when there are several. */
export function requireOne(runs: readonly Run[], { kind, name }: RunSelector, command: string): void {
  const [first] = runs;
  if (first === undefined || runs.length === 1) return;
  const what = kind === undefined ? 'runs' : RUN_KINDS[kind].plural;
  const lines = runs.map((run) => `  ${describeRun(run)}: ${commandFor(run, command)}`);
  throw new ArpoEnvError({
    code: 'E_USAGE',
    message: [`${runs.length} ${what} ${name === undefined ? 'run here' : `match ${name}`}:`, ...lines].join(
      '\n',
    ),
    fix: `say which: ${commandFor(first, command)}`,
  });
}

function commandFor({ kind, process }: Run, command: string): string {
  return `arpo-env ${command} ${kind} ${process.pid}`;
}

/** URLs, their hosts and ports as it is reached, and what its kind records as its host, with and without the user. */
function namesOf(run: Run): string[] {
  const urls = (run.url.match(/\bhttps?:\/\/[^\s,]+/g) ?? []).filter((text) => URL.canParse(text));
  const { host } = detailsOf(run);
  return [
    ...urls
      .map((text) => new URL(text))
      .flatMap(({ origin, host, port }) => [origin, `${origin}/`, host, port]),
    ...(typeof host === 'string' ? [host, host.replace(/^.*@/, '')] : []),
  ];
}

/** The word stands where a kind could stand, and no run has that name. */
function notAKind(word: string): ArpoEnvError {
  const near = nearestName(word, RUN_KIND_NAMES);
  const message = `${word}: not one of ${RUN_KIND_NAMES.join(', ')}`;
  return near === undefined
    ? usage(`${message}, nor the pid, port, URL or host of what runs here`, 'arpo-env status lists what runs')
    : usage(message, `did you mean ${near}?`);
}

function unknownName(kind: RunKind, name: string): ArpoEnvError {
  return usage(`no ${kind} ${name} runs here`, 'arpo-env status lists what runs, with pid and URL');
}

function tooMany(names: readonly string[]): ArpoEnvError {
  return usage(`${names.join(' ')}: more than one name`, 'name one run: its pid, port, URL or host');
}

function usage(message: string, fix: string): ArpoEnvError {
  return new ArpoEnvError({ code: 'E_USAGE', message, fix });
}
