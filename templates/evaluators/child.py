"""An evaluation's process, as the worker's own process sees it."""

from __future__ import annotations

import os
import signal
import socket
import time

import evaluation
import processes

LONGEST_ANSWER = 256 * 1024
LAST_WORDS = 4096
# Fewer than it can have: a flood of them ends when it is seen, not when its time is over.
MOST_PROCESSES = 256


class Child:
    def __init__(self, begin: dict, osworld, door: str, folder: str, held, abandon) -> None:
        self.id = begin["evaluation"]
        self.pending = bytearray()
        self._begin = begin
        self._line = bytearray()
        self._words = b""
        # It says nothing more, and will soon be seen to be dead; or it hangs.
        self.is_over = False
        self._asked_at: float | None = None
        self._held = held
        # What it inherits is not its own.
        self._inherited = processes.resident(os.getpid())
        self.socket, theirs = socket.socketpair()
        self.output, output = os.pipe()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            abandon()
            self.socket.close()
            os.close(self.output)
            evaluation.run(osworld, begin, door, folder, theirs, output, parent)
        theirs.close()
        os.close(output)
        self.socket.setblocking(False)
        os.set_blocking(self.output, False)

    def ask(self) -> None:
        """A function is called from now on."""
        self._asked_at = time.monotonic()

    def send(self) -> None:
        try:
            while self.pending:
                del self.pending[: self.socket.send(self.pending)]
        except BlockingIOError:
            pass
        except OSError:
            # It is dead, which is noticed elsewhere.
            self.pending.clear()

    def receive(self) -> tuple[bytes | None, bool]:
        """The answer to what was asked, if it is here; and whether the child keeps to the rule: one line for each call."""
        try:
            data = self.socket.recv(LONGEST_ANSWER)
        except OSError:
            return None, True
        self.is_over = data == b""
        self._line += data
        end = self._line.find(b"\n")
        if end == -1:
            return None, len(self._line) <= LONGEST_ANSWER
        if self._asked_at is None or end != len(self._line) - 1 or end > LONGEST_ANSWER:
            return None, False
        line, self._line, self._asked_at = bytes(self._line[:end]), bytearray(), None
        return line, True

    def listen(self) -> bool:
        """Keeps the last of what it prints; false when there will be no more."""
        try:
            data = os.read(self.output, 65536)
        except OSError:
            return True
        self._words = (self._words + data)[-LAST_WORDS:]
        return data != b""

    def look(self) -> dict | None:
        """How it ended, or why it has to; reaps also what it left behind."""
        try:
            while (found := os.waitpid(-1, os.WNOHANG))[0] != 0:
                if found[0] == self._pid:
                    return _how(found[1])
        except ChildProcessError:
            pass
        if self._asked_at is not None and time.monotonic() > self._asked_at + self._begin["timeLimit"] / 1000:
            return {"reason": "time"}
        pids = processes.descendants()
        if len(pids) > MOST_PROCESSES:
            return {"reason": "processes"}
        if sum(map(processes.resident, pids)) - self._inherited + self._held() > self._begin["memoryLimit"]:
            return {"reason": "memory"}
        return None

    def close(self) -> str:
        """Its last words."""
        # All that could write are dead: what is in the pipe is all there will be.
        while self._words_left():
            pass
        self.socket.close()
        os.close(self.output)
        return self._words.decode(errors="replace")

    def _words_left(self) -> bool:
        before = self._words
        return self.listen() and self._words is not before


def _how(status: int) -> dict:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return {"reason": "exit", "code": code}
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return {"reason": "signal", "signal": name}
