"""One evaluation, in a process of its own that reads what a guest made: gets files, calls functions, and answers."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import socket
import sys
import traceback

from desktop import Desktop
from osworld_modules import Broken, NotInstalled
from processes import end_with_parent
from values import Kept, score

LONGEST_MESSAGE = 2000


def run(osworld, begin: dict, door: str, folder: str, requests: socket.socket, output: int, parent: int) -> None:
    """The life of the process; it never returns."""
    try:
        _settle(begin, folder, output, parent)
        cache = os.path.join(folder, "cache")
        desktop = Desktop(osworld, door, cache, begin["platform"], begin["password"])
        _serve(Evaluation(osworld, desktop, Kept(begin["evaluation"], cache)), requests)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _settle(begin: dict, folder: str, output: int, parent: int) -> None:
    end_with_parent(parent)
    gc.enable()
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    # The env server comes before a metric, and a metric before the env server where memory runs out.
    os.nice(5)
    _write("/proc/self/oom_score_adj", "1000")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _limit_files(begin["memoryLimit"])
    for name in ("cache", "tmp", "home"):
        os.mkdir(os.path.join(folder, name))
    os.chdir(folder)
    os.environ.update(TMPDIR=os.path.join(folder, "tmp"), HOME=os.path.join(folder, "home"))


def _limit_files(size: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size if hard == resource.RLIM_INFINITY else min(size, hard), hard))


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w") as file:
            file.write(text)
    except OSError:
        pass


def _serve(evaluation: Evaluation, requests: socket.socket) -> None:
    stream = requests.makefile("rb")
    while line := stream.readline():
        header = json.loads(line)
        if header["op"] == "file":
            evaluation.save(header["path"], header["size"], stream)
        else:
            answer = evaluation.answer(header, stream.read(header["size"]))
            requests.sendall(json.dumps({"id": header["id"], **answer}).encode() + b"\n")


class Evaluation:
    def __init__(self, osworld, desktop: Desktop, kept: Kept) -> None:
        self._osworld = osworld
        self._desktop = desktop
        self._kept = kept

    def save(self, name: str, size: int, stream) -> None:
        path = os.path.join(self._desktop.cache_dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        # A metric may have put a link there, or kept the old file open.
        if os.path.lexists(path):
            os.remove(path)
        with open(path, "xb") as file:
            while size > 0:
                data = stream.read(min(size, 1 << 20))
                if not data:
                    sys.exit(1)
                file.write(data)
                size -= len(data)

    def answer(self, header: dict, body: bytes) -> dict:
        NotInstalled.used = None
        try:
            call = self._get if header["op"] == "get" else self._measure
            answer = {"value": call(header["name"], self._kept.decode(body))}
        except Broken as error:
            answer = {"unusable": _told(error)}
        except BaseException as error:
            answer = {"raised": {"type": _type(error), "message": _told(error)}}
        # Whatever the function made of it.
        return {"unusable": str(NotInstalled.used)} if NotInstalled.used else answer

    def _get(self, name: str, body: dict):
        return self._kept.encode(self._osworld.load("getters", name)(self._desktop, body["config"]))

    def _measure(self, name: str, body: dict):
        given = [body["result"], body["expected"]] if "expected" in body else [body["result"]]
        return score(self._osworld.load("metrics", name)(*given, **body["options"]))


def _type(error: BaseException) -> str:
    # As `except FileNotFoundError` would have it.
    return "FileNotFoundError" if isinstance(error, FileNotFoundError) else type(error).__name__


def _told(error: BaseException) -> str:
    try:
        return str(error)[:LONGEST_MESSAGE]
    except Exception:
        return ""
