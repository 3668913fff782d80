/** What code in a local desktop tries against this machine, and what another user of the machine tries against a desktop: each attack and what came of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { desktopProcesses } from '../../src/providers/local/processes.js';
import { ABSTRACT_SOCKET, Bait, BEFORE, INTERFACE, MARK, SOCKETS } from '../support/bait.js';
import { DESCRIPTORS, FLOOD, FORKS, WATCHERS } from '../support/bombs.js';
import { describeWith } from '../support/components.js';
import { delegatedGroups } from '../support/delegated-groups.js';
import { eventually } from '../support/eventually.js';
import { LocalDesktops } from '../support/local-desktops.js';
import { MachineUser } from '../support/machine-user.js';

const INSIDE = readFileSync(join(import.meta.dirname, 'fixtures/attacks-inside.py'), 'utf8');
const IMPOSTOR = readFileSync(join(import.meta.dirname, 'fixtures/impostor.py'), 'utf8');
const OUTSIDE = readFileSync(join(import.meta.dirname, 'fixtures/attacks-outside.py'), 'utf8');
const SECRET = 'secret-of-the-env-server';
const AFTER = '198.51.100.72';
const isRoot = process.getuid?.() === 0;

/** What an attack won, as the fixtures tell it: nothing, or the error that kept it away. */
const KEPT_AWAY =
  /^(nothing|refused|E[A-Z]+|timeout|TimeoutError|FileNotFoundError|PermissionError|ConnectionResetError|403 Forbidden)$/;

const table: string[] = [];
function entered(who: string, told: Record<string, string>): string[] {
  for (const [attack, what] of Object.entries(told)) table.push(`${who} | ${attack} → ${what}`);
  return Object.entries(told).flatMap(([attack, what]) =>
    KEPT_AWAY.test(what) ? [] : [`${attack} → ${what}`],
  );
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ internal, scopeid }) => !internal && !scopeid).map(({ address }) => address);
}

async function attacksInside(
  desktops: LocalDesktops,
  port: number,
  desktop = 0,
): Promise<Record<string, string>> {
  const facts = {
    port,
    doors: desktops.doors.map((url) => Number(url.port)),
    secret: SECRET,
    abstract: ABSTRACT_SOCKET,
    addresses: ['127.0.0.1', '::1', ...BEFORE, ...ownAddresses()],
    sockets: [
      ...[`${SOCKETS}/ssh-agent`, '/run/docker.sock', '/var/run/docker.sock', '/run/dbus/system_bus_socket'],
      ...['/run/user/0/bus', '/run/systemd/private', '/proc/1/root/run/docker.sock'],
    ],
    files: [
      ...['/root', '/etc/shadow', MARK, SOCKETS, '/proc/kcore', '/proc/kmsg', '/var/log'],
      ...[desktops.folder.path, '/proc/1/root/root', '/sys/kernel', '/sys/fs/cgroup/memory', '/boot', '/srv'],
      ...['/var/lib/docker', '/etc/ssh/ssh_host_ed25519_key', '/run/desktop/../../root'],
    ],
    internet: 'pypi.org',
  };
  const script = `cat > /tmp/attacks.py <<'END'\n${INSIDE}\nEND\n/usr/bin/python3 /tmp/attacks.py ${quoted(facts)}`;
  const { output, returncode } = await desktops.run(desktop, script);
  expect(returncode, output).toBe(0);
  return JSON.parse(output.trim().split('\n').at(-1) ?? '');
}

function quoted(value: unknown): string {
  return `'${JSON.stringify(value).replaceAll("'", `'\\''`)}'`;
}

describe.skipIf(!isRoot)('attacks on local desktops', () => {
  describeWith('bwrap', 'in their table', () => {
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
      let groups: string[] = [];
      let desktops: LocalDesktops;
      const ids: string[] = [];
      beforeAll(async () => {
        user = who === 'root' ? undefined : new MachineUser();
        groups = user ? await delegatedGroups(user) : [];
        desktops = await LocalDesktops.start({ count: 3, user, groups, env: { SECRET_TOKEN: SECRET } });
        ids.push(...desktops.said.desktops.map(({ id }) => id));
      });
      afterAll(async () => {
        await desktops?.[Symbol.asyncDispose]();
        for (const group of groups) rmdirSync(group);
        user?.[Symbol.dispose]();
      });

      it('nothing inside reaches out but the internet', async () => {
        const told = await attacksInside(desktops, bait.port);
        const won = entered(`inside, server of ${who}`, told);
        expect(won).toEqual(['the internet: a name → reached', 'the internet → reached']);
      });

      it('an address that this machine gets later is unreachable too', async () => {
        execFileSync('ip', ['addr', 'add', `${AFTER}/32`, 'dev', INTERFACE]);
        try {
          const reach = `curl --silent --max-time 2 --http0.9 http://${AFTER}:${bait.port}; echo $?`;
          await eventually(async () => expect((await desktops.run(0, reach)).output).toBe('7\n'));
        } finally {
          execFileSync('ip', ['addr', 'del', `${AFTER}/32`, 'dev', INTERFACE]);
        }
        table.push(`inside, server of ${who} | TCP ${AFTER}, which came later → unreachable`);
      });

      it('a person whom this machine gets later is not seen either', async () => {
        using later = new MachineUser();
        const { output } = await desktops.run(0, 'id --name --user; cut -d: -f1 /etc/passwd /etc/group');
        expect(output).toMatch(/^user\n/);
        expect(output.split('\n')).not.toContain(later.name);
        table.push(`inside, server of ${who} | names of people who came later → nothing`);
      });

      it('another user of the machine gets at nothing', async () => {
        const pids = await desktops.processesOf(0);
        expect(pids.length).toBeGreaterThan(3);
        const facts = {
          doors: desktops.doors.map((url) => Number(url.port)),
          pids: [pids[0], pids.at(-1)],
          state: desktops.state,
          groups: desktops.groupsOf(0),
        };
        const [program = '', ...args] = second.become;
        const attack = spawnSync(program, [
          ...args,
          '/usr/bin/python3',
          '-c',
          OUTSIDE,
          JSON.stringify(facts),
        ]);
        const told = JSON.parse(String(attack.stdout) || `{"it": "${attack.stderr}"}`);
        expect(entered(`second user, server of ${who}`, told)).toEqual([]);
        // Its display, its frames and its debugging port are where nobody of this machine's is.
        for (const space of ['net', 'mnt', 'pid', 'ipc'])
          expect(readlinkSync(`/proc/${pids.at(-1)}/ns/${space}`)).not.toBe(
            readlinkSync(`/proc/self/ns/${space}`),
          );
        const marks = await desktops.run(0, 'ls /tmp/by-another-user; echo alive');
        expect(marks.output).toBe('alive\n');
      });

      it('a desktop that takes all it can leaves the other one working', async () => {
        const limited = groups.length > 0 || who === 'root';
        const bombs: Record<string, string> = {
          '6,000 processes': FORKS,
          'all of /home': 'head -c 4G /dev/zero > ~/full; rm ~/full',
          'all of /tmp': 'head -c 4G /dev/zero > /tmp/full; rm /tmp/full',
          'all of /dev/shm': 'head -c 4G /dev/zero > /dev/shm/full; rm /dev/shm/full',
          'all of /run': 'head -c 4G /dev/zero > /run/full; rm /run/full',
          'all of /': 'head -c 4G /dev/zero > /full',
          'all of /dev': 'head -c 4G /dev/zero > /dev/full-of-it',
          '100,000 descriptors': DESCRIPTORS,
          ...(limited ? { '3 GB of memory': 'head -c 3G /dev/zero | tail > /dev/null' } : {}),
        };
        for (const [bomb, script] of Object.entries(bombs)) {
          const { output } = await desktops.run(0, `(${script}\n) 2>&1 | tail -1`);
          expect((await desktops.run(1, 'echo alive')).output, bomb).toBe('alive\n');
          table.push(`inside, server of ${who} | ${bomb} → ${output.trim()}; the other desktop answers`);
          expect(output, bomb).toMatch(
            /No space left|Resource temporarily|Read-only|Too many open|Killed|Terminated/,
          );
          expect((await desktops.run(0, 'echo alive')).output, bomb).toBe('alive\n');
        }
      });

      it('what it makes its network’s program spend counts as its own', async () => {
        const inGroups = desktops.groupsOf(0).map((group) => readFileSync(`${group}/cgroup.procs`, 'utf8'));
        for (const pids of inGroups) {
          const names = pids.split('\n').filter(Boolean);
          expect(names.map((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim())).toContain(
            'slirp4netns',
          );
        }
        table.push(
          `server of ${who} | a flood through its network → in ${inGroups.length} groups of the desktop`,
        );
      });

      it('a page in a browser of this user’s reads nothing, under whichever name it was loaded', async () => {
        const [agent, , watch] = desktops.doors;
        for (const url of [new URL('screenshot', agent), new URL('screen.png', watch)]) {
          const looks = ['evil.example', url.hostname].map((name) =>
            spawnSync('env', [
              ...(user?.become ?? []),
              'curl',
              '-s',
              '-o',
              '/dev/null',
              '-w',
              '%{http_code}',
              '-H',
              `Host: ${name}:${url.port}`,
              url.href,
            ]),
          );
          expect(looks.map(({ stdout }) => String(stdout))).toEqual(['403', '200']);
          table.push(
            `a page of the user’s, server of ${who} | ${url.pathname} under another name → 403 Forbidden`,
          );
        }
      });

      it('does not take what a user of this machine has once for all programs', async () => {
        const count = (most: number) => `/usr/bin/python3 -c '${WATCHERS}' ${most}`;
        const hold = `setsid ${count(1000)} 20 > /tmp/held 2>&1 < /dev/null & until [ -s /tmp/held ]; do sleep 0.1; done; cat /tmp/held`;
        const held = await desktops.run(0, hold);
        const { output } = await desktops.run(1, `${count(10)} 0`);
        table.push(
          `inside, server of ${who} | all inotify instances → ${held.output.trim()}; beside it ${output}`,
        );
        expect([Number(held.output) < 64, output]).toEqual([true, '10\n']);
      });

      it('words without end cost the server little', async () => {
        const before = desktops.memory;
        const { output } = await desktops.run(
          0,
          `cat > /tmp/flood.py <<'END'\n${FLOOD}\nEND\n/usr/bin/python3 /tmp/flood.py 2>&1`,
        );
        table.push(`inside, server of ${who} | words without end on the agent's outputs → ${output.trim()}`);
        expect((await desktops.run(1, 'echo alive')).output).toBe('alive\n');
        expect(desktops.memory - before).toBeLessThan(200e6);
        expect(desktops.logSize(0)).toBeLessThan(9e6);
      });

      it('what answers in the place of an agent and its Chrome wins nothing', async () => {
        const [, , , , agent, cdp] = desktops.doors;
        await desktops.run(1, 'echo of another desktop > /tmp/file');
        const redirect = (to: string) => `HTTP/1.1 307 There\r\nlocation: ${to}\r\ncontent-length: 0\r\n\r\n`;
        const version = (address: string) => {
          const body = JSON.stringify({ webSocketDebuggerUrl: address });
          return `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
        };
        const answers = {
          '/file': [
            redirect(new URL('file', agent).href),
            'HTTP/1.1 101 Switching\r\nconnection: Upgrade\r\nupgrade: x\r\n\r\n',
          ],
          '/json/version': [
            ...[redirect(new URL('json/version', cdp).href), version('ws+unix:///run/docker.sock:/info')],
            ...[version('ws://x/redirect'), version('ws://x/nonsense')],
          ],
          '/redirect': [redirect(`ws://${cdp?.host}/devtools/browser/on-demand`)],
          '/nonsense': [null],
        };
        const script = `cat > /tmp/impostor.py <<'END'\n${IMPOSTOR}\nEND\n/usr/bin/python3 /tmp/impostor.py ${quoted(answers)}`;
        expect((await desktops.run(2, script)).output).toBe('agent cdp\n');
        // The agent itself may answer once more before it is stopped.
        await eventually(async () => expect((await desktops.file(2, '/tmp/file')).error).toMatch('with 307'));
        const tries = {
          'an answer of 101': [() => desktops.file(2, '/tmp/file'), 'changes the protocol'],
          'Chrome at another desktop’s door': [() => desktops.tabs(2), 'status code 307'],
          'Chrome at a Unix socket': [() => desktops.tabs(2), 'Unexpected server response: 404'],
          'a WebSocket led to another desktop': [() => desktops.tabs(2), 'Unexpected server response: 307'],
          'what no Chrome says': [() => desktops.tabs(2), 'cannot be driven'],
        } as const;
        for (const [attack, [look, refusal]] of Object.entries(tries)) {
          const { output, error } = await look();
          table.push(`inside, server of ${who} | ${attack} → ${error.split('\n')[0]}`);
          expect([output, error], attack).toEqual(['', expect.stringContaining(refusal)]);
        }
        expect((await desktops.run(1, 'echo alive')).output).toBe('alive\n');
      });

      it('nothing is left for the next episode', async () => {
        const leave =
          'echo "touch /tmp/was-here" >> ~/.bashrc; touch /tmp/mark /dev/shm/mark; (setsid sleep 1000 > /dev/null 2>&1 &); python3 -c "import socket,time;s=socket.socket(1);s.bind(chr(0)+\'arpo-left\')"';
        await desktops.run(0, leave);
        const pids = await desktops.processesOf(0);
        const left = desktops.groupsOf(0);
        await desktops[Symbol.asyncDispose]();
        await eventually(() => expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]));
        for (const group of left) expect(existsSync(group), group).toBe(false);
        for (const id of ids) expect(await desktopProcesses(id)).toEqual([]);
        expect(existsSync(desktops.state) ? readdirSync(join(desktops.state, 'desktops')) : []).toEqual([]);
        table.push(`server of ${who} | leftovers → no process, group or folder`);
      });
    });
  });
});
