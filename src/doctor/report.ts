/** A report as a person reads it and as a machine does: two views of the same results. */
import { maskCredentials } from '../config/mask.js';
import { formatDuration } from '../ui/format.js';
import type { Check } from './check.js';
import type { DoctorReport } from './doctor.js';
import type { CheckResult } from './engine.js';
import { LINKS, linkTitle } from './links.js';
import { ENV_MACHINES, ROLES } from './role.js';

/** Colours a person's eye looks for; chalk's functions fit. */
export interface Palette {
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
  cyan(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

export interface ReportOptions {
  /** Every check with its time; without, those that are in order are only counted. */
  verbose: boolean;
  palette: Palette;
}

export function reportText(report: DoctorReport, { verbose, palette }: ReportOptions): string {
  const groups = LINKS.flatMap(({ id }) => {
    const results = report.results.filter(({ check }) => check.link === id);
    return results.length === 0 ? [] : [groupText(linkTitle(id), results, report, verbose, palette)];
  });
  return maskCredentials([header(report), '', ...groups, '', ...verdictLines(report, palette)].join('\n'));
}

export function reportDocument({ role, topology, results, verdict, durationMs }: DoctorReport) {
  const document = {
    role,
    topology: { ...topology, serverUrl: topology.serverUrl.origin, trainerUrl: topology.trainerUrl.origin },
    verdict:
      verdict.kind === 'healthy'
        ? verdict
        : {
            kind: verdict.kind,
            check: verdict.check.id,
            link: verdict.check.link,
            ...troubleOf(verdict.trouble),
          },
    checks: results.map(({ check, finding, durationMs: took }) => ({
      id: check.id,
      link: check.link,
      title: check.title,
      status: finding.status,
      seen: finding.seen,
      ...('why' in finding
        ? { why: finding.why, fix: finding.fix, fixable: finding.safeFix !== undefined }
        : {}),
      ...(finding.status === 'consequence' ? { of: finding.of } : {}),
      durationMs: Math.round(took),
    })),
    durationMs: Math.round(durationMs),
  };
  // Text by text: across the whole document two addresses and what is between them would look like one URL.
  const masked = JSON.stringify(document, (_key, value: unknown) =>
    typeof value === 'string' ? maskCredentials(value) : value,
  );
  return JSON.parse(masked) as typeof document;
}

/** One line per check: what `--list` shows. */
export function checkRows(checks: readonly Check[]): string[][] {
  return checks.map(({ id, link, title, roles = ENV_MACHINES }) => [
    id,
    linkTitle(link),
    title,
    ROLES.filter((role) => roles.includes(role)).join(', '),
  ]);
}

function header({ role, topology }: DoctorReport): string {
  const { kind, host, trainerUrl, serverUrl } = topology;
  switch (kind) {
    case 'tunnel':
      return `${role}: ${host} ${trainerUrl.host} → tunnel → ${serverUrl.host} → desktops`;
    case 'direct':
      return `${role}: trainer → ${trainerUrl.host.replace('env_machine', 'this machine')} → desktops`;
    case 'local':
      return `${role}: ${serverUrl.host} → desktops (no cluster is named; arpo-env doctor HOST checks it too)`;
    case 'cluster':
      return `${role}: trainer → ${trainerUrl.host} (the env machine is checked from there)`;
  }
}

function groupText(
  title: string,
  results: readonly CheckResult[],
  report: DoctorReport,
  verbose: boolean,
  palette: Palette,
): string {
  const count = (status: CheckResult['finding']['status']) =>
    results.filter(({ finding }) => finding.status === status).length;
  const mark =
    count('fail') > 0
      ? palette.red('✗')
      : count('warn') > 0
        ? palette.yellow('!')
        : count('pass') > 0
          ? palette.green('✓')
          : palette.dim('–');
  const counted = [
    [count('fail'), 'broken'],
    [count('warn'), 'to look at'],
    [count('pass'), 'in order'],
    [count('consequence'), 'skipped'],
    [verbose ? count('skip') : 0, 'do not apply'],
  ] as const;
  const summary =
    counted.flatMap(([number, words]) => (number > 0 ? [`${number} ${words}`] : [])).join(', ') ||
    'does not apply';
  const shown = results.filter(
    ({ finding }) => verbose || finding.status === 'fail' || finding.status === 'warn',
  );
  const cause = results.find(({ finding }) => finding.status === 'consequence')?.finding;
  const because =
    !verbose && cause?.status === 'consequence' && count('fail') === 0
      ? palette.dim(` until this is fixed: ${linkOf(report, cause.of)}`)
      : '';
  return [
    `${mark} ${title.padEnd(13)} ${palette.dim(summary)}${because}`,
    ...shown.map((result) => resultText(result, verbose, palette)),
  ].join('\n');
}

function resultText({ check, finding, durationMs }: CheckResult, verbose: boolean, palette: Palette): string {
  const time =
    verbose && finding.status !== 'consequence' ? palette.dim(`  ${formatDuration(durationMs)}`) : '';
  const name = palette.dim(`[${check.id}]`);
  switch (finding.status) {
    case 'pass':
      return `    ${palette.green('✓')} ${check.title}: ${finding.seen} ${name}${time}`;
    case 'skip':
      return `    ${palette.dim(`– ${check.title}: ${finding.seen}`)} ${name}${time}`;
    case 'consequence':
      return `    ${palette.dim(`· ${check.title}: a consequence of ${finding.of}`)} ${name}`;
    case 'warn':
    case 'fail': {
      const mark = finding.status === 'fail' ? palette.red('✗') : palette.yellow('!');
      return [
        `    ${mark} ${finding.seen} ${name}${time}`,
        `      ${palette.dim(finding.why)}`,
        `      ${palette.cyan('→')} ${finding.fix}`,
      ].join('\n');
    }
  }
}

function verdictLines({ verdict, durationMs }: DoctorReport, palette: Palette): string[] {
  const took = palette.dim(` (${formatDuration(durationMs)})`);
  if (verdict.kind === 'healthy')
    return [`${palette.green('✓')} ${palette.bold('No link is broken.')}${took}`];
  const { check, trouble } = verdict;
  const title =
    verdict.kind === 'broken'
      ? `${palette.red('✗')} ${palette.bold(`The chain breaks at: ${linkTitle(check.link)}`)}`
      : `${palette.yellow('!')} ${palette.bold('No link is broken; one is worth a look')}`;
  return [`${title} — ${trouble.seen}${took}`, `${palette.cyan('→')} ${trouble.fix}`];
}

function linkOf({ results }: DoctorReport, id: string): string {
  const cause = results.find(({ check }) => check.id === id);
  return cause ? linkTitle(cause.check.link) : id;
}

function troubleOf({ seen, why, fix }: { seen: string; why: string; fix: string }) {
  return { seen, why, fix };
}
