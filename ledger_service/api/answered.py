"""Answers that were given last, as bytes: the same question on the same basis has the
same answer for ever, so it need not be computed or written out again.

An answer that shows a sealed field is not kept: its value may be erased.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias

from google.protobuf.message import Message

from ledger_service.domain.cuts import Basis
from ledger_service.projections.remembered import Remembered

_BYTES_REMEMBERED = 16 * 1024 * 1024
_BYTES_PER_KEY = 500

Question: TypeAlias = tuple[str, bytes, Basis]


class Answered:
    """Bodies of answers by their questions. Any thread may use it."""

    def __init__(self, bytes_: int = _BYTES_REMEMBERED) -> None:
        self._bodies = Remembered[Question, bytes](bytes_, lambda b: len(b) + _BYTES_PER_KEY)

    def get(self, question: Question) -> bytes | None:
        return self._bodies.get(question)

    def put(self, question: Question, body: bytes) -> None:
        self._bodies.put(question, body)


def question(request: Message, basis: Basis) -> Question:
    """What is asked, with the cuts as they were resolved."""
    bare: Any = type(request)()
    bare.CopyFrom(request)
    bare.ClearField("cuts")
    asked = bare.SerializeToString(deterministic=True)
    return (request.DESCRIPTOR.full_name, asked, replace(basis, provisional=False))
