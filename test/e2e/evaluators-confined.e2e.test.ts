/** What code in the sandbox of a worker tries, and what another user of the machine tries against its door: each attack and what came of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listenOn } from '../../src/http/listen.js';
import { ABSTRACT_SOCKET, Bait, BEFORE, MARK, SOCKETS } from '../support/bait.js';
import { describeWith } from '../support/components.js';
import { ConfinedWorkers } from '../support/confined-workers.js';
import { eventually } from '../support/eventually.js';
import { MachineUser } from '../support/machine-user.js';
import { TemporaryFolder } from '../support/temporary-folder.js';
import {
  CLIENT,
  DAEMON,
  daemons,
  FILES,
  FORKS,
  KNOCK,
  PYTHON,
  processesNamed,
} from '../support/worker-programs.js';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');
const SECRET = 'secret-of-the-env-server';
const MEMORY = 2 ** 28;

/** What an attack won, as the fixtures tell it: nothing, or the error that kept it away. */
const KEPT_AWAY =
  /^(nothing|refused|E[A-Z]+|timeout|TimeoutError|FileNotFoundError|PermissionError|ValueError|gaierror)$/;

const table: string[] = [];
function won(who: string, told: Record<string, string>): string[] {
  for (const [attack, what] of Object.entries(told)) table.push(`${who} | ${attack} → ${what}`);
  return Object.entries(told).flatMap(([attack, what]) =>
    KEPT_AWAY.test(what) ? [] : [`${attack} → ${what}`],
  );
}

describe.skipIf(process.getuid?.() !== 0)('workers of OSWorld’s evaluators', () => {
  describeWith('bwrap', 'in their sandboxes', () => {
    let bait: Bait;
    let second: MachineUser;
    beforeAll(async () => {
      bait = await Bait.lay();
      second = new MachineUser();
    });
    afterAll(async () => {
      second[Symbol.dispose]();
      await bait[Symbol.asyncDispose]();
      console.log(`${table.length} attacks\n${table.join('\n')}`);
    });

    describe.each(['root', 'an ordinary user'])('of %s', (who) => {
      let user: MachineUser | undefined;
      let workers: ConfinedWorkers;
      beforeAll(async () => {
        user = who === 'root' ? undefined : new MachineUser();
        workers = await ConfinedWorkers.begin({
          user,
          memoryLimit: MEMORY,
          env: { SECRET_TOKEN: SECRET, HTTPS_PROXY: 'http://x:1' },
        });
      });
      afterAll(async () => {
        await workers?.[Symbol.asyncDispose]();
        user?.[Symbol.dispose]();
      });

      it('there can be one', () => {
        expect(workers.said).toMatchObject({ problem: null, warning: null });
      });

      it('nothing inside reaches out, also not what a desktop reaches', async () => {
        const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
        const facts = {
          port: bait.port,
          doors: [],
          secret: SECRET,
          abstract: ABSTRACT_SOCKET,
          addresses: [
            '127.0.0.1',
            '::1',
            ...BEFORE,
            ...addresses
              .filter(({ internal, scopeid }) => !internal && !scopeid)
              .map(({ address }) => address),
          ],
          sockets: [
            ...[
              `${SOCKETS}/ssh-agent`,
              '/run/docker.sock',
              '/var/run/docker.sock',
              '/run/dbus/system_bus_socket',
            ],
            ...['/run/user/0/bus', '/run/systemd/private', '/proc/1/root/run/docker.sock'],
          ],
          files: [
            ...[
              '/etc/shadow',
              MARK,
              SOCKETS,
              '/proc/kcore',
              '/proc/kmsg',
              '/var/log',
              '/var',
              '/home',
              '/opt',
              '/boot',
              '/srv',
            ],
            ...[
              user?.home ?? '/root',
              '/root',
              '/root/.bashrc',
              workers.folder.path,
              '/proc/1/root/root',
              '/sys/kernel',
              '/sys/fs/cgroup',
            ],
            ...[
              '/var/lib/docker',
              '/etc/ssh',
              '/etc/machine-id',
              '/etc/hostname',
              '/run/door/../../root/.bashrc',
              `/proc/${workers.said.pid}`,
            ],
          ],
          internet: 'pypi.org',
        };
        const { stdout, stderr } = await workers.run([
          ...PYTHON,
          fixture('attacks-inside.py'),
          JSON.stringify(facts),
        ]);
        expect(
          won(`inside, worker of ${who}`, JSON.parse(stdout.trim().split('\n').at(-1) ?? stderr)),
        ).toEqual([]);
      });

      it('it has no rights, sees nobody and writes to its own folders alone', async () => {
        const other = await workers.start(['/bin/sleep', '3600']);
        const facts = { pid: other.pid, doors: [other.door] };
        const { stdout, stderr } = await workers.run([
          ...PYTHON,
          fixture('attacks-worker.py'),
          JSON.stringify(facts),
        ]);
        expect(
          won(`inside, worker of ${who}`, JSON.parse(stdout || `{"it": ${JSON.stringify(stderr)}}`)),
        ).toEqual([]);
        expect(existsSync(`/proc/${other.pid}`)).toBe(true);
        await workers.dispose(other);
      });

      it('runs as nobody else on this machine', async () => {
        const started = [
          await workers.start(['/bin/sleep', '3600']),
          await workers.start(['/bin/sleep', '3600']),
        ];
        // The outermost process has taken the user by the time it is bubblewrap.
        await eventually(() => {
          const owners = started.map(({ pid }) => statSync(`/proc/${pid}`).uid);
          if (user) expect(owners).toEqual([user.uid, user.uid]);
          else {
            expect(owners).not.toContain(0);
            expect(new Set(owners).size).toBe(2);
          }
        });
        for (const worker of started) await workers.dispose(worker);
      });

      it('processes, files and memory have an end', async () => {
        const said = async (code: string) => {
          const { stdout, stderr } = await workers.run([...PYTHON, code]);
          return stdout || stderr;
        };
        const forks = await said(FORKS);
        expect(forks).toMatch(/^\d+ Resource temporarily unavailable\n$/);
        expect(Number.parseInt(forks, 10)).toBeLessThan(512);
        const tmp = await said(FILES('/tmp'));
        const shm = await said(FILES('/dev/shm'));
        for (const files of [tmp, shm]) expect(files).toMatch(/^\d+ No space left on device\n$/);
        expect(Number.parseInt(tmp, 10) + Number.parseInt(shm, 10)).toBeLessThanOrEqual(MEMORY / 2 + 2 ** 20);
        table.push(
          `inside, worker of ${who} | bombs → ${forks.trim()}; /tmp ${tmp.trim()}; /dev/shm ${shm.trim()}`,
        );
      });

      it('its door leads to a desktop while that is open, for nobody else', async () => {
        const server = createServer((_, response) => response.end('desktop'));
        await using listening = await listenOn(server, { host: '127.0.0.1', port: 0 });
        const client = await workers.start([...PYTHON, CLIENT, 'DOOR']);
        const { door } = client;
        const [program = '', ...args] = second.become;
        const knocked = () =>
          JSON.parse(spawnSync(program, [...args, ...PYTHON, KNOCK, door]).stdout.toString());
        expect(await workers.request(client, '')).toBe('closed closed closed');
        await workers.open(client, new URL(`http://127.0.0.1:${listening.port}/`));
        expect(await workers.request(client, '')).toBe('desktop desktop desktop');
        expect(won(`second user, worker of ${who}`, knocked())).toEqual([]);
        expect(Object.keys(knocked())).toHaveLength(4);
        // What root asks at the door itself shows that it is open.
        expect((await execa('curl', ['-s', '--unix-socket', join(door, 'agent'), 'http://x/'])).stdout).toBe(
          'desktop',
        );
        await workers.close(client);
        expect(await workers.request(client, '')).toBe('closed closed closed');
        await workers.dispose(client);
        expect(existsSync(door)).toBe(false);
      });

      it('an environment in a folder that others may not enter is seen, and nothing beside it', async () => {
        using folder = new TemporaryFolder();
        const home = user?.home ?? folder.path;
        chmodSync(home, 0o700);
        const [program = '', ...args] = [
          ...(user?.become ?? ['env']),
          '/usr/bin/python3',
          '-m',
          'venv',
          '--without-pip',
        ];
        execFileSync(program, [...args, join(home, 'venv')]);
        const look = 'import os, sys; print(sys.prefix, os.listdir(sys.argv[1]))';
        const { stdout } = await workers.run([join(home, 'venv/bin/python'), '-I', '-c', look, home]);
        expect(stdout).toBe(`${home}/venv ['venv']\n`);
      });

      it('a daemon ends with its worker', async () => {
        const mark = `${process.pid}${who.length}1`;
        const worker = await workers.start([...PYTHON, DAEMON, `3600.${mark}`]);
        await eventually(() => expect(daemons(`3600.${mark}`)).toHaveLength(1));
        await workers.dispose(worker);
        await eventually(() => expect(processesNamed(`3600.${mark}`)).toEqual([]));
      });

      it('kill -9 of the host program leaves no process, and the next one removes the door', async () => {
        await using killed = await ConfinedWorkers.begin({ user });
        const mark = `${process.pid}${who.length}2`;
        const { door } = await killed.start([...PYTHON, DAEMON, `3600.${mark}`]);
        await eventually(() => expect(daemons(`3600.${mark}`)).toHaveLength(1));
        // Looked at now: once its owner is dead, any program of ours on this machine may remove it.
        expect(existsSync(door)).toBe(true);
        process.kill(killed.said.pid, 'SIGKILL');
        await eventually(() => expect(processesNamed(`3600.${mark}`)).toEqual([]));
        await workers.run(['/bin/true']);
        expect(existsSync(door)).toBe(false);
      });
    });
  });
});
