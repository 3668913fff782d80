"""The desktop as OSWorld's getters see it: an address of this machine, ports, and a controller."""

from __future__ import annotations

import os
import socket
import threading
from functools import cached_property

HOST = "127.0.0.1"


class Desktop:
    """Its sockets lie in the folder `door`; what listens on the ports here leads to them."""

    vm_ip = HOST
    current_use_proxy = False

    def __init__(self, osworld, door: str, cache_dir: str, platform: str, password: str) -> None:
        self._osworld = osworld
        self._door = door
        self.cache_dir = cache_dir
        self.vm_platform = platform
        self.client_password = password

    @cached_property
    def server_port(self) -> int:
        return _listen(os.path.join(self._door, "agent"))

    @cached_property
    def chromium_port(self) -> int:
        return _listen(os.path.join(self._door, "cdp"))

    @cached_property
    def vlc_port(self) -> int:
        return _listen(os.path.join(self._door, "vlc"))

    @cached_property
    def controller(self):
        return _quick(self._osworld.controller())(vm_ip=self.vm_ip, server_port=self.server_port)


def _quick(controller: type) -> type:
    class Controller(controller):
        def get_file(self, file_path: str):
            """As OSWorld's, which asks three times in 15 s also where the agent has said that there is no such file."""
            import requests

            try:
                response = requests.post(self.http_server + "/file", data={"file_path": file_path})
            except Exception:
                return super().get_file(file_path)
            if response.status_code == 200:
                return response.content
            return None if response.status_code == 404 else super().get_file(file_path)

    return Controller


def _listen(path: str) -> int:
    """The port on which everybody is connected to the Unix socket `path`."""
    listener = socket.create_server((HOST, 0))
    threading.Thread(target=_accept, args=(listener, path), daemon=True).start()
    return listener.getsockname()[1]


def _accept(listener: socket.socket, path: str) -> None:
    while True:
        near, _ = listener.accept()
        far = socket.socket(socket.AF_UNIX)
        try:
            far.connect(path)
        except OSError:
            near.close()
            far.close()
            continue
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        # The other direction ends too: what is half of a connection is of use to nobody.
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
