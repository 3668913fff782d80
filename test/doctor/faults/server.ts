import { health, httpLines, json } from '../answers.js';
import { type Fault, log, refused, setServer, stopServer, unanswered } from './fault.js';

export const SERVER_FAULTS: readonly Fault[] = [
  {
    name: 'the last boot failed',
    check: 'agent.boot',
    break: (w) =>
      setServer(w, {
        state: 'failed',
        phase: 'kernel',
        failure: { code: 'E_BOOT_FAILED', message: 'not ready within 300 s', fix: 'give it longer' },
      }),
  },
  {
    name: 'the desktop sends no screenshot',
    check: 'agent.screenshot',
    break: (w) => setServer(w, { screenshot: false }),
  },
  {
    name: "the desktop's Chrome is dead",
    check: 'agent.chrome',
    break: (w) => setServer(w, { chrome_cdp: false }),
  },
  { name: 'no env server runs', check: 'server.listening', break: stopServer },
  {
    name: 'the env server hangs',
    check: 'server.answers',
    break: (w) => {
      w.server = { kind: 'silent', words: 'no answer within 3 s' };
      w.cluster['probe.code'] = '28';
      w.cluster['probe.line'] = 'curl: (28) Operation timed out';
    },
  },
  {
    name: 'something else listens on its port',
    check: 'server.identity',
    break: (w) => {
      w.server = json(404, { error: 'no' }, { server: 'SimpleHTTP/0.6' });
      w.holder = 'pid 812 (python3 -m http.server)';
      w.cluster['probe.line'] = httpLines(404, {}, ['server: SimpleHTTP/0.6']);
    },
  },
  {
    name: 'the server asks for a token that we have not',
    check: 'server.token',
    break: (w) => {
      const challenge = 'Basic realm="arpo-env", Bearer realm="arpo-env"';
      w.server = json(401, {}, { 'www-authenticate': challenge });
      w.cluster['probe.line'] = httpLines(401, {}, [`www-authenticate: ${challenge}`]);
    },
  },
  {
    name: 'the server is of another version',
    check: 'server.version',
    break: (w) => {
      const old = health({ version: '0.0.1' });
      w.server = json(200, old);
      w.cluster['probe.line'] = httpLines(200, old);
    },
  },
  {
    name: '/docs answers 500',
    check: 'server.docs',
    break: (w) => {
      w.docs = json(500, {});
    },
  },
  {
    name: 'two trainers reset one env',
    check: 'server.resets',
    break: (w) => {
      w.files['/logs/server.log'] = log(Array.from({ length: 5 }, () => ({ msg: 'reset done' })));
    },
  },
  { name: 'operations queue up', check: 'server.clients', break: (w) => setServer(w, { queue: 3 }) },
  {
    name: 'the server is on IPv6 only',
    check: 'bind.family',
    break: (w) => {
      unanswered(w, refused);
      w.files['/proc/net/tcp6'] =
        'header\n0: 00000000000000000000000001000000:46A2 0:0 0A 0:0 0:0 0 1000 0 1';
      w.sockets = [];
      w.cluster['probe.line'] = httpLines(502, {}, ['x-arpo-env-tunnel: local-down']);
    },
  },
  {
    name: 'iptables drops the port on loopback',
    check: 'firewall.loopback',
    break: (w) => {
      w.iptables = '-P INPUT ACCEPT\n-A INPUT -p tcp -m tcp --dport 18082 -j DROP\n';
      unanswered(w, { kind: 'silent', words: 'no answer within 3 s' });
      w.cluster['probe.code'] = '28';
      w.cluster['probe.line'] = 'curl: (28) Operation timed out';
    },
  },
];
