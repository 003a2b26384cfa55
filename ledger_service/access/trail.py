"""The trail: who read sealed texts, exported, erased, gave out rights, or was refused. It is a file of its own, a
line of JSON for each, and never holds what was read.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledger_service.access.users import User
from ledger_service.domain.values.refusals import StorageFailed
from ledger_service.persistence.files import give_to_owner
from ledger_service.persistence.private import make_folder

#: Lines for calls that were refused; whoever knocks more often is counted.
_REFUSALS_PER_SECOND = 100
#: How soon a file is missed that was moved away.
_LOOK_SECONDS = 1.0


class Trail:
    """Writes to `path`, which may be moved away at any time: a new file is begun then. `wrong`
    is told when nothing can be written, and with an empty text when it can again. `facts` stand
    in each line. Any thread may write.
    """

    def __init__(
        self,
        path: Path,
        now: Callable[[], datetime],
        wrong: Callable[[str], object],
        facts: Mapping[str, str] | None = None,
    ) -> None:
        self._path = path
        self._now = now
        self._wrong = wrong
        self._facts = dict(facts or {})
        # Guards all below.
        self._lock = threading.Lock()
        self._descriptor = -1
        self._file = (0, 0)
        self._look_at = 0.0
        self._second = 0
        self._refusals = 0
        self._is_wrong = False

    def tell(self, event: str, user: User | None, **facts: Any) -> None:
        """Writes a line. Raises StorageFailed when it cannot: what cannot be told is not to be
        done.
        """
        with self._lock:
            self._write(event, user, facts)

    def tell_of_refusal(self, user: User | None, **facts: Any) -> None:
        """Writes a line, unless there are very many or it cannot be written: the call is
        refused anyway.
        """
        second = int(time.monotonic())
        with self._lock:
            if second != self._second:
                left_out = self._refusals - _REFUSALS_PER_SECOND
                self._second, self._refusals = second, 0
                if left_out > 0:
                    self._try("refusals_not_listed", None, {"count": left_out})
            self._refusals += 1
            if self._refusals <= _REFUSALS_PER_SECOND:
                self._try("refused", user, facts)

    def close(self) -> None:
        with self._lock:
            self._let_go()

    def _try(self, event: str, user: User | None, facts: dict[str, Any]) -> None:
        with suppress(StorageFailed):  # health has it
            self._write(event, user, facts)

    def _write(self, event: str, user: User | None, facts: dict[str, Any]) -> None:
        who = {"issuer": user.issuer, "subject": user.subject} if user is not None else None
        moment = self._now().astimezone(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": moment, "event": event, "user": who, **self._facts, **facts})
        data = f"{line}\n".encode()
        try:
            self._open()
            if os.write(self._descriptor, data) < len(data):
                raise OSError("the disk is full")  # noqa: TRY301 - told as the others
        except OSError as error:
            self._let_go()
            self._is_wrong = True
            self._wrong(
                f"{self._path} cannot be written: {error.strerror or error}. Sealed texts are "
                "not shown, and nothing is exported, erased or granted, until it can."
            )
            raise StorageFailed from error
        if self._is_wrong:
            self._is_wrong = False
            self._wrong("")

    def _open(self) -> None:
        now = time.monotonic()
        if self._descriptor >= 0 and now < self._look_at:
            return
        self._look_at = now + _LOOK_SECONDS
        if self._descriptor >= 0 and self._file == _identity(self._path):
            return
        self._let_go()
        make_folder(self._path.parent)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self._path, flags, 0o600)
        self._begin()
        self._file = _identity(self._path)

    def _begin(self) -> None:
        """Has a new file belong to who may write it next, and ends a torn line: of one for which
        the disk had no room a part may stand there.
        """
        size = os.fstat(self._descriptor).st_size
        if not size:
            give_to_owner(self._descriptor, self._path.parent)
        elif os.pread(self._descriptor, 1, size - 1) != b"\n":
            os.write(self._descriptor, b"\n")

    def _let_go(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = -1


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_dev, found.st_ino
