import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { withoutSecrets, writeBundle } from '../../src/doctor/bundle.js';
import { applyFixes, offeredFixes } from '../../src/doctor/fix.js';
import { ArpoEnvError } from '../../src/errors.js';
import { stateFolder } from '../../src/runs/state-folder.js';
import { group } from '../support/fake-ec2.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import { directWorld, World } from './world.js';

const { signal } = new AbortController();

describe('fixes', () => {
  async function closedGroup() {
    const world = directWorld();
    world.ec2.serverGroup = group('sg-1', [[22, '0.0.0.0/0']]);
    return { world, offered: offeredFixes(await world.examine()) };
  }

  it('offers the one rule that is missing', async () => {
    const { offered } = await closedGroup();
    expect(offered.map(({ check, fix }) => [check.id, fix.command])).toEqual([
      [
        'aws.security-group',
        'aws ec2 authorize-security-group-ingress --region us-east-1 --group-id sg-1 --protocol tcp --port 15001 --cidr 198.51.100.20/32',
      ],
    ]);
  });

  it('applies what is wanted and nothing else', async () => {
    const { world, offered } = await closedGroup();
    expect(await applyFixes(offered, async () => false, signal)).toMatchObject([
      { applied: false, error: null },
    ]);
    expect(world.ec2.authorized).toEqual([]);
    expect(await applyFixes(offered, async () => true, signal)).toMatchObject([
      { applied: true, error: null },
    ]);
    expect(world.ec2.authorized).toEqual(['sg-1 15001 198.51.100.20/32']);
  });

  it('says what did not work', async () => {
    const { world, offered } = await closedGroup();
    world.ec2.authorize = () => Promise.reject(new Error('UnauthorizedOperation'));
    expect(await applyFixes(offered, async () => true, signal)).toMatchObject([
      { applied: false, error: 'UnauthorizedOperation' },
    ]);
  });
});

describe('withoutSecrets', () => {
  it.each([
    ['a known one', 'x hunter22 y', ['hunter22'], 'x (hidden) y'],
    ['a bearer', 'authorization: Bearer abcdefghij', [], 'authorization: Bearer (hidden)'],
    ['one in a URL', 'http://arpo:abc@10.0.0.7:15001', [], 'http://(hidden)@10.0.0.7:15001'],
    ["an SSH host's user, who is none", 'ssh://root@h:22', [], 'ssh://root@h:22'],
    ['a password for one', 'ssh://root:pw@h:22', [], 'ssh://(hidden)@h:22'],
    ['an AWS key', 'AKIAIOSFODNN7EXAMPLE', [], '(hidden)'],
    ['a setting', '"password": "letmein"', [], '"password": "(hidden)"'],
    ['nothing', 'user@cluster.example: tokens per second', [], 'user@cluster.example: tokens per second'],
  ])('hides %s', (_name, text, secrets, expected) => {
    expect(withoutSecrets(text, secrets)).toBe(expected);
  });
});

describe('writeBundle', () => {
  it('holds report, config, versions and the ends of the logs, for its owner only', async () => {
    using folder = new TemporaryFolder({ 'logs/server-1.log': 'a line with hunter22\n' });
    const file = join(folder.path, 'bundle.tar.gz');
    const names = await writeBundle({
      file,
      report: await new World().examine(),
      config: new ArpoEnvError({ code: 'E_CONFIG', message: 'server.port is wrong', fix: 'correct it' }),
      state: stateFolder({ ARPO_ENV_STATE_DIR: folder.path }),
      secrets: ['hunter22'],
    });
    expect(names).toEqual(['report.txt', 'report.json', 'config.txt', 'versions.txt', 'logs/server-1.log']);
    const archive = gunzipSync(readFileSync(file)).toString('latin1');
    expect(archive).toContain('arpo-env-bundle/logs/server-1.log');
    expect(archive).toContain('a line with (hidden)');
    expect(archive).not.toContain('hunter22');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('overwrites nothing', async () => {
    using folder = new TemporaryFolder({ 'bundle.tar.gz': 'mine' });
    const file = join(folder.path, 'bundle.tar.gz');
    const report = await new World().examine();
    const config = new ArpoEnvError({ code: 'E_CONFIG', message: '', fix: '' });
    const state = stateFolder({ ARPO_ENV_STATE_DIR: folder.path });
    await expect(writeBundle({ file, report, config, state, secrets: [] })).rejects.toThrow();
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });
});
