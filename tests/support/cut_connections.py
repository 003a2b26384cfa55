"""A way to a PostgreSQL server that loses what a test wants lost."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Literal

from psycopg.conninfo import conninfo_to_dict, make_conninfo

_SOCKET = ".s.PGSQL.5432"
_COMMIT = b"; COMMIT\x00"
_COMMITTED = b"COMMIT\x00"

Cut = Literal["", "before the commit", "after the commit"]


class CutWay:
    """Passes on what clients and server say. Set `cut`, and the next commit that moves the
    head is lost on its way to the server, or its answer on the way back; then all goes on.
    """

    def __init__(self, folder: Path, url: str) -> None:
        self.cut: Cut = ""
        self.cuts = 0
        self.url = make_conninfo(url, host=str(folder))
        self._server = str(Path(str(conninfo_to_dict(url)["host"])) / _SOCKET)
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / _SOCKET))
        self._door.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                _Passage(self, client, server)


class _Passage:
    def __init__(self, way: CutWay, client: socket.socket, server: socket.socket) -> None:
        self._way, self._client, self._server = way, client, server
        self._loses_answer = False
        for work in (self._forth, self._back):
            threading.Thread(target=work, daemon=True).start()

    def _forth(self) -> None:
        with suppress(OSError):
            while said := self._client.recv(65536):
                if self._way.cut and said.endswith(_COMMIT):
                    cut, self._way.cut = self._way.cut, ""
                    self._way.cuts += 1
                    if cut == "before the commit":
                        break
                    self._loses_answer = True
                self._server.sendall(said)
        self._end()

    def _back(self) -> None:
        with suppress(OSError):
            while said := self._server.recv(65536):
                if self._loses_answer:
                    if _COMMITTED in said:
                        break
                    continue
                self._client.sendall(said)
        self._end()

    def _end(self) -> None:
        for each in (self._client, self._server):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
