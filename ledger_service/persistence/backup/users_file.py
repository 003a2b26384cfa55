"""The users who recorded something, in a file beside the backups of all ledgers: whom the authors
in records stand for.

It is replaced as a whole with each backup, so that who is forgotten is soon forgotten there too.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ledger_service.persistence.author_register import Author
from ledger_service.persistence.backup.sets import SetUnusable
from ledger_service.persistence.files import write_whole

USERS_FILE = "users.json"
_FORM = 1


class _Users(msgspec.Struct, frozen=True, kw_only=True):
    form: int
    users: tuple[Author, ...]
    digest: str = ""


def write_users(folder: Path, users: Sequence[Author]) -> None:
    """Replaces the file, unless it says the same."""
    said = _Users(form=_FORM, users=tuple(sorted(users)))
    content = msgspec.json.encode(replace(said, digest=_digest(said))) + b"\n"
    path = folder / USERS_FILE
    if not path.exists() or path.read_bytes() != content:
        write_whole(path, content)


def read_users(folder: Path) -> list[Author]:
    """The users in the file; none where there is no file. Raises SetUnusable."""
    path = folder / USERS_FILE
    if not path.exists():
        return []
    try:
        said = msgspec.json.decode(path.read_bytes(), type=_Users)
    except msgspec.MsgspecError as error:
        raise SetUnusable(f"{path} is damaged: {error}.") from None
    if said.form != _FORM or said.digest != _digest(said):
        raise SetUnusable(f"{path} is not as it was written, or of a newer program.")
    return list(said.users)


def _digest(said: _Users) -> str:
    return sha256(msgspec.json.encode(replace(said, digest=""))).hexdigest()
