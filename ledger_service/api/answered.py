"""Answers and versions that were told last, as bytes: the same question on the same basis
has the same answer for ever, and a version never changes, so neither need be computed or
written out again.

What shows a sealed field is not kept: its value may be erased.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from google.protobuf.message import Message

from ledger_service.api.messages import standings
from ledger_service.api.messages.seals import Seals
from ledger_service.domain.cuts import Basis
from ledger_service.domain.entries import Version
from ledger_service.projections.remembered import Remembered

_BYTES_REMEMBERED = 16 * 1024 * 1024
_BYTES_PER_KEY = 500

_BYTES_OF_VERSIONS = 16 * 1024 * 1024

Question: TypeAlias = tuple[str, bytes, Basis]


class Answered:
    """Bodies of answers by their questions. Any thread may use it."""

    def __init__(self, bytes_: int = _BYTES_REMEMBERED) -> None:
        self._bodies = Remembered[Question, bytes](bytes_, lambda b: len(b) + _BYTES_PER_KEY)

    def get(self, question: Question) -> bytes | None:
        return self._bodies.get(question)

    def put(self, question: Question, body: bytes) -> None:
        self._bodies.put(question, body)


class WrittenVersions:
    """Versions of entries as EntryVersion messages that do not say whether they answer.
    Any thread may use it.
    """

    def __init__(self, bytes_: int = _BYTES_OF_VERSIONS) -> None:
        # Another log of the same name may have another version at a position, but not at
        # the same microsecond.
        self._bodies = Remembered[tuple[str, int, datetime], bytes](
            bytes_, lambda body: len(body) + _BYTES_PER_KEY
        )

    def body(self, ledger: str, version: Version, seals: Seals) -> bytes:
        key = (ledger, version.position, version.recorded_at)
        body = self._bodies.get(key)
        if body is None:
            message = standings.version(version, seals)
            body = message.SerializeToString()
            if not message.sealed:
                self._bodies.put(key, body)
        return body


def question(request: Message, basis: Basis) -> Question:
    """What is asked, with the cuts as they were resolved."""
    bare: Any = type(request)()
    bare.CopyFrom(request)
    bare.ClearField("cuts")
    asked = bare.SerializeToString(deterministic=True)
    return (request.DESCRIPTOR.full_name, asked, replace(basis, provisional=False))
