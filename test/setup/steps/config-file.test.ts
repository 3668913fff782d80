import { describe, expect, it } from 'vitest';
import { configTemplate } from '../../../src/config/template.js';
import { runCommand } from '../../../src/setup/run-command.js';
import { configFile, isUntouched } from '../../../src/setup/steps/config-file.js';
import { FakeMachine, SILENT } from '../fake-machine.js';

const FILE = '/home/user/arpo-env.config.yaml';
const DISK = '/home/user/VMs/Ubuntu.qcow2';

function machineWith(text: string | null, path = FILE): FakeMachine {
  const machine = new FakeMachine({ settings: { configFile: path, tunnelHost: 'deepx' } }).onQuery(/^stat/, {
    stdout: '640\n',
  });
  if (text !== null) machine.files[path] = text;
  return machine;
}

/** The file after the step, which must then be done. */
async function applied(machine: FakeMachine): Promise<string> {
  for (const command of await configFile.plan(machine.context))
    await runCommand(command, configFile, machine.context, SILENT);
  expect(await configFile.inspect(machine.context)).toEqual({
    state: 'done',
    note: machine.context.settings.configFile,
  });
  return machine.files[machine.context.settings.configFile] ?? '';
}

describe('without a config file', () => {
  it('one is written with every key explained, for this user only', async () => {
    const machine = machineWith(null);
    expect(await configFile.inspect(machine.context)).toEqual({
      state: 'needed',
      why: `${FILE} is not there`,
    });
    const text = await applied(machine);
    expect(machine.ran).toEqual([`install -D -m 0600 /dev/stdin ${FILE}`]);
    expect(text).toContain(`\n    qcow2: ${DISK}\n`);
    expect(text).toContain('\n  repo: /home/user/repo\n');
    expect(text).toContain('\n  host: deepx\n');
    expect(text).toContain('\nprovider: docker\n');
  });

  it('it is known as ours until somebody edits it', async () => {
    const text = await applied(machineWith(null));
    expect(isUntouched(text)).toBe(true);
    expect(isUntouched(text.replace('provider: docker', 'provider: sim'))).toBe(false);
    expect(isUntouched('provider: docker\n')).toBe(false);
  });

  it('a later run completes it, and it is still ours', async () => {
    const machine = machineWith(null);
    machine.context.settings.tunnelHost = null;
    const before = await applied(machine);
    machine.context.settings.tunnelHost = 'deepx';
    machine.onQuery(/^stat/, { stdout: '600' });
    const after = await applied(machine);
    expect(after).toContain('\n  host: deepx\n');
    expect(isUntouched(after)).toBe(true);
    expect(comments(after)).toEqual(comments(before));
  });
});

describe('with a config file', () => {
  it('what is missing is added; comments, order and mode stay', async () => {
    const machine = machineWith(
      '# mine\nprovider: sim # for now\n\nserver:\n  # the port\n  port: 19000\ntunnel:\n',
    );
    expect(await configFile.inspect(machine.context)).toEqual({
      state: 'needed',
      why: `${FILE} lacks providers.docker.qcow2, server.repo, tunnel.host`,
    });
    expect(await applied(machine)).toBe(
      `# mine\nprovider: sim # for now\n\nserver:\n  # the port\n  port: 19000\n  repo: /home/user/repo\ntunnel:\n  host: deepx\nproviders:\n  docker:\n    qcow2: ${DISK}\n`,
    );
    expect(machine.ran).toEqual([`install -D -m 640 /dev/stdin ${FILE}`]);
  });

  it("keeps every comment of init's own file", async () => {
    const template = configTemplate({});
    expect(comments(await applied(machineWith(template)))).toEqual(comments(template));
  });

  it('an empty one is filled', async () => {
    expect(await applied(machineWith('# nothing yet\n'))).toContain('# nothing yet\n');
  });

  it.each(['/home/user/arpo-env.config.json', '/home/user/package.json'])('%s stays JSON', async (path) => {
    const before = path.endsWith('package.json')
      ? { name: 'x', 'arpo-env': { provider: 'sim' } }
      : { provider: 'sim' };
    const after: unknown = JSON.parse(await applied(machineWith(JSON.stringify(before), path)));
    const settings = {
      provider: 'sim',
      providers: { docker: { qcow2: DISK } },
      server: { repo: '/home/user/repo' },
      tunnel: { host: 'deepx' },
    };
    expect(after).toEqual(path.endsWith('package.json') ? { name: 'x', 'arpo-env': settings } : settings);
  });

  it('that is a program, says what to add', async () => {
    const machine = machineWith('export default {};', '/home/user/arpo-env.config.ts');
    await expect(configFile.plan(machine.context)).rejects.toMatchObject({
      message: `/home/user/arpo-env.config.ts is a program, which setup-vm does not change; it lacks providers.docker.qcow2: "${DISK}", server.repo: "/home/user/repo", tunnel.host: "deepx"`,
    });
  });
});

/** All comments; `init` writes keys that are not set as comments, too. */
function comments(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('#') && !line.includes('as it is: '))
    .sort();
}
