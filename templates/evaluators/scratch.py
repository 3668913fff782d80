"""The folder that evaluations work in: each in a fresh one, and nothing is left for the next."""

from __future__ import annotations

import os
import re
import shutil
import tempfile

PREFIX = "arpo-env-evaluations-"


class Scratch:
    def __init__(self) -> None:
        _remove_left()
        self._folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")
        self._count = 0

    def fresh(self) -> str:
        self._count += 1
        folder = os.path.join(self._folder, str(self._count))
        os.mkdir(folder)
        return folder

    def clear(self) -> None:
        """Empties it; all that worked in it are dead."""
        for name in os.listdir(self._folder):
            _remove(os.path.join(self._folder, name))

    def remove(self) -> None:
        _remove(self._folder)


def _remove_left() -> None:
    """Removes those of workers that were killed."""
    parent = tempfile.gettempdir()
    for name in os.listdir(parent):
        found = re.match(rf"{PREFIX}(\d+)-", name)
        path = os.path.join(parent, name)
        if found and os.lstat(path).st_uid == os.getuid() and not _is_alive(int(found[1])):
            _remove(path)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return True
    except ProcessLookupError:
        return False
    except OSError:
        return True


def _remove(path: str) -> None:
    shutil.rmtree(path, onerror=_open_up)


def _open_up(_function, path: str, _error) -> None:
    """A folder without permissions keeps what is in it, though it is ours."""
    try:
        os.chmod(os.path.dirname(path), 0o700)
        if os.path.islink(path) or not os.path.isdir(path):
            os.remove(path)
        else:
            os.chmod(path, 0o700)
            shutil.rmtree(path, ignore_errors=True)
    except OSError:
        pass
