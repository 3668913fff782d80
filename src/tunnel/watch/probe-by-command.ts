/** The probe for servers that open no channels from their side: a program on the cluster asks its own port. */

import {
  type Connection,
  isUnixSocket,
  type RemoteAddress,
  reachable,
} from '../../ssh/connection/connection.js';
import { runScript } from '../../ssh/remote-command.js';
import { BAD_GATEWAY_HEADER } from '../forward/bad-gateway.js';
import { PROBE_AGENT } from '../forward/count-requests.js';
import { hostHeader, localDownResult, type ProbeResult } from './probe-result.js';

/** `forbidden` when the account runs no commands, or the cluster has none of curl, python3 and bash. */
export async function probeByCommand(
  connection: Connection,
  listener: RemoteAddress,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const args = [
    isUnixSocket(listener) ? '' : reachable(listener.bind),
    listener.port,
    isUnixSocket(listener) ? listener.bind : '',
    Math.ceil(timeoutMs / 1000),
    hostHeader(listener),
  ];
  const output = await runScript(connection, SCRIPT, args, signal, timeoutMs + STARTUP_MS);
  const [, reply = '', outcome] = /^(.*?)\n?arpo-env-probe (\w+)\s*$/s.exec(output ?? '') ?? [];
  switch (outcome) {
    case undefined: // no command, a forced one, or one that hangs: nothing is known
    case 'none':
      return { kind: 'forbidden' };
    case 'refused':
      return { kind: 'forward-lost' };
    default:
      return judge(reply);
  }
}

/** A shell and Python need their time to start, which is not the tunnel's. */
const STARTUP_MS = 5000;

function judge(reply: string): ProbeResult {
  const [head = '', ...body] = reply.split(/\r?\n\r?\n/);
  if (!head.startsWith('HTTP/1.')) return { kind: 'no-answer', message: 'no answer in HTTP' };
  return head.toLowerCase().includes(`\n${BAD_GATEWAY_HEADER}:`)
    ? localDownResult(body.join('\n\n'))
    : { kind: 'ok', rttMs: null, status: Number(head.split(' ')[1]) };
}

/**
 * $1 host, $2 port, $3 unix socket (or nothing), $4 seconds, $5 the Host header. Prints the answer, head and body, and a
 * last line that says how it went. curl's exit code 7 is a refused connection, and with -q it reads no ~/.curlrc (curl(1)).
 */
const SCRIPT = `
seconds=$4 host=$5
if command -v curl >/dev/null 2>&1; then
  if [ -n "$3" ]; then set -- --unix-socket "$3" http://localhost/health; else set -- "http://$host/health"; fi
  curl -q -si --noproxy '*' --max-filesize 100000 --max-time "$seconds" -A ${PROBE_AGENT} "$@" </dev/null
elif command -v python3 >/dev/null 2>&1; then
  python3 -c '
import socket, sys
host, port, path, seconds, header = sys.argv[1:]
try:
    if path:
        s = socket.socket(socket.AF_UNIX); s.settimeout(float(seconds)); s.connect(path)
    else:
        s = socket.create_connection((host, int(port)), float(seconds))
except (ConnectionRefusedError, FileNotFoundError):
    sys.exit(7)
try:
    s.sendall(("GET /health HTTP/1.0\\r\\nHost: %s\\r\\nUser-Agent: ${PROBE_AGENT}\\r\\n\\r\\n" % header).encode())
    for _ in range(100):
        data = s.recv(1000)
        if not data: break
        sys.stdout.buffer.write(data)
except OSError:
    pass
' "$1" "$2" "$3" "$4" "$5" </dev/null 2>/dev/null
elif [ -z "$3" ] && command -v bash >/dev/null 2>&1; then
  bash -c '
exec 3<>"/dev/tcp/$1/$2" || exit 7
printf "GET /health HTTP/1.0\\r\\nHost: %s\\r\\nUser-Agent: ${PROBE_AGENT}\\r\\n\\r\\n" "$4" >&3
while IFS= read -r -t "$3" line <&3; do printf "%s\\n" "$line"; done
printf %s "$line"
' bash "$1" "$2" "$seconds" "$host" </dev/null 2>/dev/null
else
  echo "arpo-env-probe none"
  exit
fi
case $? in 7) outcome=refused ;; *) outcome=done ;; esac
echo
echo "arpo-env-probe $outcome"
`;
