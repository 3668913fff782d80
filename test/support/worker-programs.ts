/** What runs in workers of tests, in Python. */
import { readdirSync, readFileSync } from 'node:fs';

/** Command line of which the next word is a program. */
export const PYTHON = ['/usr/bin/python3', '-I', '-u', '-c'] as const;

/** Leaves a `sleep` of so many seconds that belongs to nothing any more. */
export const DAEMON = `
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for descriptor in range(5): os.close(descriptor)
        os.execv("/bin/sleep", ["sleep", sys.argv[1]])
    os._exit(0)
os.wait()
print("started")
sys.stdin.close()
time.sleep(3600)`;

/** Takes as much as it gets, and says how much that was and what ended it. */
export const FORKS = `
import os, time
count = 0
try:
    while count < 6000:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        count += 1
except OSError as error:
    print(count, error.strerror)`;
export const FILES = (folder: string) => `
size, block = 0, b"x" * 2**20
try:
    with open("${folder}/full", "wb", buffering=0) as file:
        while size < 2**32: size += file.write(block)
except OSError as error:
    print(size, error.strerror)`;
export const KNOCK = `
import json, os, socket, sys
told = {}
for path in sys.argv[1:]:
    for name in ("agent", "cdp", "vlc"):
        try:
            socket.socket(socket.AF_UNIX).connect(f"{path}/{name}")
            told[f"{path}/{name}"] = "reached"
        except OSError as error:
            told[f"{path}/{name}"] = type(error).__name__
    try:
        told[path] = " ".join(os.listdir(path))
    except OSError as error:
        told[path] = type(error).__name__
print(json.dumps(told))`;
/** Asks at each of its sockets when a line comes, and says what was answered. */
export const CLIENT = `
import os, socket, sys
for _ in os.fdopen(3):
    said = []
    for name in ("agent", "cdp", "vlc"):
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(20)
                client.connect(f"{sys.argv[1]}/{name}")
                client.sendall(b"GET / HTTP/1.0\\r\\n\\r\\n")
                answer = b""
                while True:
                    more = client.recv(1000)
                    if not more: break
                    answer += more
                said.append(answer.split(b"\\r\\n")[-1].decode() or "closed")
        except OSError as error:
            said.append("closed")
    os.write(4, (" ".join(said) + "\\n").encode())`;

/** Command lines of all processes that have this among their words. Those that have ended have none. */
export function processesNamed(word: string): string[][] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(wordsOf).filter((words) => words.includes(word));
}

function wordsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** The process that DAEMON leaves. */
export function daemons(seconds: string): string[][] {
  return processesNamed(seconds).filter(([program]) => program === 'sleep');
}
