"""The processes that an evaluation starts: found, measured and ended, whatever they did to be left alone."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

IS_LINUX = sys.platform.startswith("linux")
# Bytes that the buffers of a socket in a sandbox hold at most, with what the kernel needs for them, more or less.
SOCKET = 2**20
# Of proc(5), in kB.
_MEMORY = (b"VmRSS:", b"VmSwap:", b"VmPTE:")
# prctl(2)
_SET_PDEATHSIG, _SET_DUMPABLE, _SET_CHILD_SUBREAPER = 1, 4, 36


def _prctl(option: int, value: int) -> None:
    if IS_LINUX:
        ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def guard_this_process() -> None:
    """
    Nobody of the same user reads or changes its memory, and all that its children leave behind become its children. It
    sees by itself that the server is gone, and clears away then, instead of dying at once.
    """
    _prctl(_SET_PDEATHSIG, 0)
    _prctl(_SET_DUMPABLE, 0)
    _prctl(_SET_CHILD_SUBREAPER, 1)


def end_with_parent(parent: int) -> None:
    """For a fresh child, which is nobody's secret."""
    _prctl(_SET_DUMPABLE, 1)
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def children_of(pid: int) -> list[int]:
    try:
        found: list[int] = []
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children") as file:
                found.extend(int(child) for child in file.read().split())
        return found
    except OSError:
        return [] if IS_LINUX else _children_without_proc(pid)


def _children_without_proc(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-axo", "pid=,ppid="], capture_output=True, text=True, check=False)
    pairs = [line.split() for line in listed.stdout.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == pid]


def descendants() -> list[int]:
    """Of this process, nearest first."""
    found = children_of(os.getpid())
    for pid in found:
        found.extend(children_of(pid))
    return found


def resident(pid: int) -> int:
    """Bytes of memory, what was swapped out and the tables of its pages too; 0 for a process that is gone."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            lines = file.read().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(_MEMORY)) * 1024


def held_by_sockets() -> int:
    """Bytes of memory that the sockets of this network may hold. The kernel says only how many there are."""
    try:
        with open("/proc/net/sockstat") as file:
            return int(file.readline().split()[2]) * SOCKET
    except OSError:
        return 0


def end_all(within: float, own_processes: bool) -> bool:
    """
    Kills and reaps everything that this process started, and what that started; false when something is left.
    `own_processes`: everything that it may kill is that.
    """
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if own_processes:
            # All at one moment: what makes processes as fast as they are killed one by one does not come to it.
            _kill(-1)
        # Who is killed before its children are looked for cannot have new ones; those become children of this process.
        found = children_of(os.getpid())
        for pid in found:
            _kill(pid)
            found.extend(children_of(pid))
        if not _reap():
            return True
        time.sleep(0.002)
    return False


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except OSError:
        pass


def _reap() -> bool:
    """Whether there are children still."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
        return True
    except ChildProcessError:
        return False
