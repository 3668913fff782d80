/** What a program in a desktop takes as much of as it gets: each a script, or a program in Python. */

export const FORKS = `python3 - <<'END'
import os, sys, time
try:
    for _ in range(6000):
        if os.fork() == 0:
            time.sleep(3)
            os._exit(0)
except OSError as error:
    print(error.strerror)
END
[ $? -lt 128 ] || echo Killed`;
export const DESCRIPTORS = `python3 - <<'END'
import os
held = []
try:
    for _ in range(3000000):
        held.append(os.open("/dev/null", 0))
except OSError as error:
    print(error.strerror)
END`;
/** How many it gets of what a user has a fixed number of. */
export const WATCHERS = `import ctypes, sys, time
libc = ctypes.CDLL(None)
held = [libc.inotify_init() for _ in range(int(sys.argv[1]))]
print(sum(descriptor >= 0 for descriptor in held), flush=True)
time.sleep(float(sys.argv[2]))`;
/** What a program of the same user can do to the agent: write where it writes (pidfd_getfd(2)). */
export const FLOOD = `import ctypes, os, time
libc = ctypes.CDLL(None)
agent = os.pidfd_open(2)
for number in (1, 2):
    descriptor = libc.syscall(438, agent, number, 0)
    os.set_blocking(descriptor, True)
    end, size = time.time() + 3, 0
    while time.time() < end:
        size += os.write(descriptor, b"x" * 65535 + b"\\n")
    print(size // 1000000, "MB", end="; ")`;
