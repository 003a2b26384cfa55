"""Seals texts of a request: the log holds a commitment to each, and the request is recognised
without them.

A commitment is SHA-256 over 16 random bytes of salt and the text as a JSON string. Whoever has
the salt can show that a text is the one that was sealed; without the salt no guess can be
confirmed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from hashlib import sha256
from operator import attrgetter
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from ledger_service.domain.values.commands import Item, RecordCommand
from ledger_service.domain.values.entries import Sealed
from ledger_service.domain.values.sealing import text_of, with_texts_of

SALT_BYTES = 16
#: Stands for a text that a request wants sealed where the request is recognised: the place
#: counts, whatever the text is.
_SEALED_NOW = Sealed("now")

_seal_of = attrgetter("seal")


class TextToSeal(NamedTuple):
    """A text to keep, with its salt and commitment; `item` is the index of its item in the
    request.
    """

    item: int
    commitment: str
    salt: bytes
    value: str


def new_salt() -> bytes:
    return secrets.token_bytes(SALT_BYTES)


def commitment(salt: bytes, value: str) -> str:
    """The commitment to a text: `sha256:` and 64 hexadecimal digits."""
    return f"sha256:{sha256(salt + _json(value)).hexdigest()}"


def sealed(command: RecordCommand) -> tuple[RecordCommand, tuple[TextToSeal, ...]]:
    """The command with commitments in place of the texts to seal, and these texts. Each text
    gets a salt of its own.
    """
    if not _seals(command):
        return command, ()
    seals: list[TextToSeal] = []

    def seal(number: int, value: str) -> Sealed:
        salt = new_salt()
        made = TextToSeal(number, commitment(salt, value), salt, value)
        seals.append(made)
        return Sealed(made.commitment)

    return _replaced(command, seal), tuple(seals)


def marked(command: RecordCommand) -> RecordCommand:
    """The command by which a request is recognised: in place of each text to seal it has a
    fixed mark, which no text can equal.
    """
    return _replaced(command, lambda _, __: _SEALED_NOW) if _seals(command) else command


def _seals(command: RecordCommand) -> bool:
    return any(map(_seal_of, command.items))


def _replaced(command: RecordCommand, with_: Callable[[int, str], Sealed]) -> RecordCommand:
    items: Iterable[Item] = (
        _item_replaced(number, item, with_) for number, item in enumerate(command.items)
    )
    return replace(command, items=tuple(items))


def _item_replaced(number: int, item: Item, with_: Callable[[int, str], Sealed]) -> Item:
    if not item.seal:
        return item
    texts = {}
    for path in item.seal:
        value = text_of(item, path)
        assert isinstance(value, str), path
        texts[path] = with_(number, value)
    return with_texts_of(item, texts)


def _json(value: str) -> bytes:
    return msgspec.json.encode(value)
