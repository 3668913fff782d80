/** However the cluster is named: ssh is asked for the same host, and what the doctor prints can be pasted. */
import { describe, expect, it } from 'vitest';
import { type Palette, reportText } from '../../src/doctor/report.js';
import { World } from './world.js';

const same = (text: string) => text;
const palette: Palette = { green: same, yellow: same, red: same, cyan: same, dim: same, bold: same };
const DENIED = 'user@cluster.example: Permission denied (publickey).';

describe.each([
  ['user@[::1]:2222', ['-l', 'user', '-p', '2222', '--', '::1'], 'ssh-copy-id -p 2222 user@::1'],
  ['[::1]:2222', ['-p', '2222', '--', '::1'], 'ssh-copy-id -p 2222 ::1'],
  ['ssh://user@h:2222', ['-l', 'user', '-p', '2222', '--', 'h'], 'ssh-copy-id -p 2222 user@h'],
  ['user@domain@h', ['-l', 'user@domain', '--', 'h'], 'ssh-copy-id user@domain@h'],
])('%s', (host, args, fix) => {
  it('is asked for by host, user and port, and fixed by the same', async () => {
    const world = new World();
    const calls: (readonly string[])[] = [];
    world.host = host;
    world.programs.ssh = (words) => {
      calls.push(words);
      const lines = Object.entries(world.sshSettings).map(([keyword, value]) => `${keyword} ${value}`);
      return words[0] === '-G' ? { stdout: lines.join('\n') } : { exitCode: 255, stderr: DENIED };
    };
    const report = await world.examine();
    expect(calls[0]).toEqual(['-G', '-N', ...args]);
    expect(calls[1]?.join(' ')).toContain(`${args.join(' ')} env LC_ALL=C sh -s`);
    expect(report.verdict).toMatchObject({ kind: 'broken', check: { id: 'ssh.auth' } });
    const text = reportText(report, { verbose: false, palette });
    expect(text).toContain(`${fix};`);
    expect(text).not.toContain('hidden');
  });
});

it('what is not an SSH host is named as such', async () => {
  const world = new World();
  world.host = 'deepx:ssh';
  const { results } = await world.examine();
  expect(results.find(({ check }) => check.id === 'ssh.config')?.finding).toMatchObject({
    status: 'fail',
    seen: '"deepx:ssh" is not an SSH host: ssh is not a port from 1 to 65535',
  });
});
