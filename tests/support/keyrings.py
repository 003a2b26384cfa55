"""A keyring in memory, through the interface that the library keyring has for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest


@contextmanager
def keyring_in_memory(fault: str = "") -> Iterator[Any]:
    """The keyring of this process meanwhile, empty at first. With a fault it is `locked`, or
    `keeps nothing`.
    """
    keyring = pytest.importorskip("keyring", reason="needs the library keyring")
    from keyring.backend import KeyringBackend
    from keyring.errors import KeyringLocked, PasswordDeleteError

    class InMemory(KeyringBackend):
        priority = 1

        def __init__(self) -> None:
            super().__init__()
            self.kept: dict[tuple[str, str], str] = {}

        def get_password(self, service: str, username: str) -> str | None:
            self._refuse()
            return self.kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            self._refuse()
            if fault != "keeps nothing":
                self.kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            self._refuse()
            if self.kept.pop((service, username), None) is None:
                raise PasswordDeleteError("there is none")

        def _refuse(self) -> None:
            if fault == "locked":
                raise KeyringLocked("it is locked")

    before, ours = keyring.get_keyring(), InMemory()
    keyring.set_keyring(ours)
    try:
        yield ours
    finally:
        keyring.set_keyring(before)
