"""What the log holds of a sealed text, and that a request is known without it.

A commitment is SHA-256 over 16 random bytes of salt and the text as a JSON string. Who
has the salt can show that a text is the one that was sealed; without the salt no guess
can be confirmed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from ledger_service.domain.values.commands import (
    Amendment,
    Annulment,
    Item,
    NewEntry,
    RecordCommand,
)
from ledger_service.domain.values.entries import Sealed
from ledger_service.domain.values.sealing import text_at, with_texts

SALT_BYTES = 16
#: Stands for a text that a request wants sealed where the request is recognised: the place
#: counts, whatever the text is.
_SEALED_NOW = Sealed("now")


class Seal(NamedTuple):
    """A text that was sealed, by the item of a request with this number."""

    item: int
    commitment: str
    salt: bytes
    value: str


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def commitment(salt: bytes, value: str) -> str:
    """What the log holds of a text: `sha256:` and 64 hexadecimal digits."""
    return f"sha256:{sha256(salt + _json(value)).hexdigest()}"


def sealed(command: RecordCommand) -> tuple[RecordCommand, tuple[Seal, ...]]:
    """The command with seals in place of the texts that it wants sealed, and what was
    sealed. Each text has a salt of its own.
    """
    if not _seals(command):
        return command, ()
    seals: list[Seal] = []

    def seal(number: int, value: str) -> Sealed:
        salt = new_salt()
        made = Seal(number, commitment(salt, value), salt, value)
        seals.append(made)
        return Sealed(made.commitment)

    return _replaced(command, seal), tuple(seals)


def marked(command: RecordCommand) -> RecordCommand:
    """The command as its request is recognised by: with a mark in place of each text that
    it wants sealed, for which no text can pass.
    """
    return _replaced(command, lambda _, __: _SEALED_NOW) if _seals(command) else command


def _seals(command: RecordCommand) -> bool:
    return any(not isinstance(item, Annulment) and item.seal for item in command.items)


def _replaced(command: RecordCommand, with_: Callable[[int, str], Sealed]) -> RecordCommand:
    items: Iterable[Item] = (
        _item_replaced(number, item, with_) for number, item in enumerate(command.items)
    )
    return replace(command, items=tuple(items))


def _item_replaced(number: int, item: Item, with_: Callable[[int, str], Sealed]) -> Item:
    if not isinstance(item, NewEntry | Amendment) or not item.seal:
        return item
    texts = {}
    for path in item.seal:
        value = text_at(item.state, path)
        assert isinstance(value, str), path
        texts[path] = with_(number, value)
    return replace(item, state=with_texts(item.state, texts))


def _json(value: str) -> bytes:
    return msgspec.json.encode(value)
