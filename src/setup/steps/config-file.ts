/** The config that the units start with: written when there is none, else completed where it stands. */
import { createHash } from 'node:crypto';
import { holdsSetting, type Setting, setInRecord, withSettings } from '../../config/set-in-text.js';
import { configTemplate } from '../../config/template.js';
import { ArpoEnvError } from '../../errors.js';
import { asUser, writeFile } from '../command.js';
import { query, readIfThere } from '../query.js';
import type { SetupContext, Step } from '../step.js';

/** Ends with the hash of the rest, by which `--uninstall` sees that nobody has edited it. */
const STAMP = '# Made by arpo-env setup-vm, as it is: ';

export const configFile: Step = {
  id: 'config',
  title: 'Config file',
  needs: ['preflight'],
  async inspect(context) {
    const { configFile: path } = context.settings;
    const text = await readIfThere(context, path);
    if (text === null) return { state: 'needed', why: `${path} is not there` };
    const different = wanted(context).filter((setting) => !holdsSetting(text, path, setting));
    if (different.length === 0) return { state: 'done', note: path };
    return {
      state: 'needed',
      why: `${path} lacks ${different.map((setting) => setting.path.join('.')).join(', ')}`,
    };
  },
  async plan(context) {
    const { configFile: path } = context.settings;
    const text = await readIfThere(context, path);
    if (text === null) return [writeFile('user', path, stamped(newConfig(context)), '0600')];
    const mode = await query(context, asUser(['stat', '--format=%a', '--', path]));
    return [writeFile('user', path, completed(text, path, wanted(context)), mode.stdout.trim())];
  },
};

/** True for a file that setup-vm made and nobody has edited since. */
export function isUntouched(text: string): boolean {
  const [first = ''] = text.split('\n', 1);
  return first.startsWith(STAMP) && first === STAMP + hash(text.slice(first.length + 1));
}

function wanted({ settings: { usesDocker, qcow2, repo, tunnelHost } }: SetupContext): Setting[] {
  return [
    ...(usesDocker ? [{ path: ['providers', 'docker', 'qcow2'], value: qcow2.path }] : []),
    ...(repo === null ? [] : [{ path: ['server', 'repo'], value: repo.dir }]),
    ...(tunnelHost === null ? [] : [{ path: ['tunnel', 'host'], value: tunnelHost }]),
  ];
}

function newConfig(context: SetupContext): string {
  const { provider, usesDocker } = context.settings;
  const settings: Record<string, unknown> = { provider: usesDocker ? 'docker' : provider };
  for (const { path, value } of wanted(context)) setInRecord(settings, path, value);
  return configTemplate(settings);
}

function completed(text: string, path: string, settings: readonly Setting[]): string {
  const result = withSettings(text, path, settings);
  if (result === null) throw notWritable(path, settings);
  return isUntouched(text) ? stamped(result.slice(result.indexOf('\n') + 1)) : result;
}

function stamped(text: string): string {
  return `${STAMP}${hash(text)}\n${text}`;
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function notWritable(path: string, settings: readonly Setting[]): ArpoEnvError {
  const lines = settings.map((setting) => `${setting.path.join('.')}: ${JSON.stringify(setting.value)}`);
  return new ArpoEnvError({
    code: 'E_SETUP_STEP',
    message: `${path} is a program, which setup-vm does not change; it lacks ${lines.join(', ')}`,
    fix: 'add that yourself and run setup-vm again, or skip it: --skip config',
  });
}
