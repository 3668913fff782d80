"""The folder that evaluations work in: each in a fresh one, and nothing is left for the next."""

from __future__ import annotations

import os
import shutil


class Scratch:
    """`alone`: in a sandbox, in which also the folder for shared memory is nobody else's."""

    def __init__(self, folder: str, alone: bool) -> None:
        self._folder = folder
        self.is_alone = alone
        self._cleared = [folder, "/dev/shm"] if alone else [folder]
        self._count = 0

    def fresh(self) -> str:
        self._count += 1
        folder = os.path.join(self._folder, f"evaluation-{self._count}")
        os.mkdir(folder)
        return folder

    def held(self) -> int:
        """Bytes of memory that its files take: those of a sandbox are in memory."""
        if not self.is_alone:
            return 0
        systems = map(os.statvfs, self._cleared)
        return sum((system.f_blocks - system.f_bfree) * system.f_frsize for system in systems)

    def clear(self) -> None:
        """All that worked in it are dead."""
        for folder in self._cleared:
            for name in os.listdir(folder):
                _remove(os.path.join(folder, name))

    def leave(self) -> None:
        self.clear()
        try:
            os.rmdir(self._folder)
        except OSError:
            # Of a sandbox.
            pass


def _remove(path: str) -> None:
    if os.path.islink(path) or not os.path.isdir(path):
        os.remove(path)
        return
    # A folder without permissions keeps what is in it, though it is ours.
    for folder, names, _files in os.walk(path):
        for name in names:
            inner = os.path.join(folder, name)
            if not os.path.islink(inner):
                os.chmod(inner, 0o700)
    shutil.rmtree(path)
