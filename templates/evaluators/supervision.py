"""The worker's own process: reads requests, starts an evaluation's process, passes on, watches, and clears away."""

from __future__ import annotations

import gc
import json
import os
import platform
import selectors
import signal
import socket
import sys

import processes
from child import Child
from osworld_modules import Broken, OSWorld
from scratch import Scratch

REQUESTS, ANSWERS = 3, 4
CHUNK = 256 * 1024
# So much waits for a child that does not read; the server waits then.
MOST_PENDING = 1024 * 1024
LOOK_SECONDS = 0.1
END_SECONDS = 5.0


class Supervisor:
    def __init__(self, root: str, door: str, scratch: Scratch, own_processes: bool) -> None:
        self._osworld = OSWorld(root)
        self._door = door
        self._scratch = scratch
        self._own_processes = own_processes
        self._selector = selectors.DefaultSelector()
        # Written to when a child dies.
        self._wakeup = socket.socketpair()
        self._child: Child | None = None
        self._header = bytearray()
        self._body_left = 0
        self._passing = False
        self._learn: set[tuple[str, str]] = set()

    def serve(self) -> None:
        processes.guard_this_process()
        # What it loads stays.
        gc.disable()
        for end in self._wakeup:
            end.setblocking(False)
        signal.set_wakeup_fd(self._wakeup[1].fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(self._wakeup[0], selectors.EVENT_READ, lambda _: self._wakeup[0].recv(4096))
        self._selector.register(REQUESTS, selectors.EVENT_READ, self._on_requests)
        self._tell({"ready": True, "python": platform.python_version(), "pid": os.getpid()})
        while True:
            for key, events in self._selector.select(LOOK_SECONDS if self._child else None):
                key.data(events)
            self._look()

    def _on_requests(self, _events: int) -> None:
        data = memoryview(os.read(REQUESTS, CHUNK))
        if not data:
            self._leave()
        while data:
            if self._body_left > 0:
                part, data = data[: self._body_left], data[self._body_left :]
                self._body_left -= len(part)
                self._pass(part)
                continue
            end = bytes(data).find(b"\n")
            part, data = (data, data[:0]) if end == -1 else (data[: end + 1], data[end + 1 :])
            self._header += part
            if end != -1:
                line, self._header = bytes(self._header), bytearray()
                self._on_header(line)

    def _on_header(self, line: bytes) -> None:
        header = json.loads(line)
        child = self._child
        self._body_left = header.get("size", 0)
        self._passing = child is not None and child.id == header["evaluation"]
        if header["op"] == "begin":
            self._begin(header)
        elif not self._passing:
            # What it was for has ended meanwhile, and the server has been told.
            return
        elif header["op"] == "end":
            self._end("end")
        else:
            if header["op"] != "file":
                self._learn.add((_KINDS[header["op"]], header["name"]))
                child.ask()
            self._pass(line)

    def _begin(self, header: dict) -> None:
        if self._child:
            raise RuntimeError("an evaluation is to begin while another one goes on")
        self._learn = {(_KINDS[op], name) for op, name in header["functions"]}
        self._load()
        self._child = Child(header, self._osworld, self._door, self._scratch.fresh(), self._held, self._abandon)
        self._selector.register(self._child.socket, selectors.EVENT_READ, self._on_child)
        self._selector.register(self._child.output, selectors.EVENT_READ, self._on_output)
        self._tell({"begun": header["evaluation"]})

    def _held(self) -> int:
        """Bytes of memory that belong to the evaluation, and to none of its processes."""
        return self._scratch.held() + (processes.held_by_sockets() if self._scratch.is_alone else 0)

    def _abandon(self) -> None:
        """In the child: nothing of this process's is for it."""
        self._selector.close()
        for end in self._wakeup:
            end.close()
        for descriptor in (REQUESTS, ANSWERS):
            os.close(descriptor)

    def _load(self) -> None:
        """Loads here what evaluations call, so that all later ones have it; what cannot be loaded they find out themselves."""
        before = len(sys.modules)
        for kind, name in self._learn:
            try:
                self._osworld.load(kind, name)
                if kind == "getters":
                    self._osworld.controller()
            except Broken:
                pass
        self._learn.clear()
        if len(sys.modules) != before:
            # A child that collects garbage need not copy what never becomes any.
            gc.freeze()

    def _pass(self, part: bytes | memoryview) -> None:
        if self._child is None or not self._passing:
            return
        self._child.pending += part
        self._send()

    def _send(self) -> None:
        child = self._child
        child.send()
        if child.socket not in self._selector.get_map():
            child.pending.clear()
            return
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if child.pending else 0)
        if self._selector.get_key(child.socket).events != wanted:
            self._selector.modify(child.socket, wanted, self._on_child)
        listens = REQUESTS in self._selector.get_map()
        if len(child.pending) > MOST_PENDING and listens:
            self._selector.unregister(REQUESTS)
        elif len(child.pending) <= MOST_PENDING and not listens:
            self._selector.register(REQUESTS, selectors.EVENT_READ, self._on_requests)

    def _on_child(self, events: int) -> None:
        if self._child and events & selectors.EVENT_WRITE:
            self._send()
        if self._child and events & selectors.EVENT_READ:
            self._answers()

    def _answers(self) -> None:
        line, is_fair = self._child.receive()
        if line is not None:
            _write(b">" + line)
        if not is_fair:
            self._end("rubbish")
        elif self._child.is_over and self._child.socket in self._selector.get_map():
            self._selector.unregister(self._child.socket)

    def _on_output(self, _events: int) -> None:
        if self._child and not self._child.listen():
            self._selector.unregister(self._child.output)

    def _look(self) -> None:
        """Ends a child that is dead, late or too big."""
        if self._child is None:
            return
        how = self._child.look()
        if how is None:
            return
        if how["reason"] in ("exit", "signal"):
            # It may have answered before.
            self._answers()
        if self._child:
            self._end(**how)

    def _end(self, reason: str, **facts: object) -> None:
        child = self._child
        if not processes.end_all(END_SECONDS, self._own_processes):
            # The server replaces this worker, with all that is in it.
            sys.exit("processes of an evaluation cannot be ended")
        self._child = None
        self._passing = False
        for registered in (child.socket, child.output):
            if registered in self._selector.get_map():
                self._selector.unregister(registered)
        if REQUESTS not in self._selector.get_map():
            self._selector.register(REQUESTS, selectors.EVENT_READ, self._on_requests)
        said = child.close()
        self._scratch.clear()
        own = processes.resident(os.getpid())
        self._tell({"ended": child.id, "reason": reason, **facts, "said": said, "resident": own})
        self._load()

    def _tell(self, message: dict) -> None:
        _write(json.dumps(message).encode())

    def _leave(self) -> None:
        """The server is gone, or has no more use for this worker."""
        processes.end_all(END_SECONDS, self._own_processes)
        self._scratch.leave()
        os._exit(0)


_KINDS = {"get": "getters", "measure": "metrics"}


def _write(line: bytes) -> None:
    data = memoryview(line + b"\n")
    while data:
        data = data[os.write(ANSWERS, data) :]
