"""Caches serialized answers by question and basis, and serialized versions of entries. Neither
ever changes: the same question on the same basis has one answer.

Answers with sealed fields are never cached: their values may be erased.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

from diplomatic_ledger.v1 import history_service_pb2 as pb
from google.protobuf.message import Message

from ledger_service.api import wire
from ledger_service.api.messages import standings
from ledger_service.api.messages.seals import Seals
from ledger_service.application.questions import EntryAnswer
from ledger_service.domain.values.cuts import Basis
from ledger_service.domain.values.entries import Version
from ledger_service.domain.values.limits import ANSWER_BYTES
from ledger_service.domain.values.refusals import AnswerTooLarge
from ledger_service.projections.weighted_lru import WeightedLru

_BYTES_REMEMBERED = 16 * 1024 * 1024
_BYTES_PER_KEY = 500

_BYTES_OF_VERSIONS = 16 * 1024 * 1024

Question: TypeAlias = tuple[str, bytes, Basis]


class ResponseCache:
    """Serialized answers by question. The least recently used go first when they hold more
    than `bytes_`. Any thread may use it.
    """

    def __init__(self, bytes_: int = _BYTES_REMEMBERED) -> None:
        self._bodies = WeightedLru[Question, bytes](bytes_, lambda b: len(b) + _BYTES_PER_KEY)

    def get(self, question: Question) -> bytes | None:
        return self._bodies.get(question)

    def put(self, question: Question, body: bytes) -> None:
        self._bodies.put(question, body)


class _CachedResponse(NamedTuple):
    """The serialized versions of an entry, with their positions and times, by which they are
    told from versions in another log of the same name.
    """

    stamps: list[tuple[int, datetime]]
    bodies: list[bytes]


class WrittenVersions:
    """Versions of entries, serialized as fields of GetEntryResponse. Any thread may use it."""

    def __init__(self, bytes_: int = _BYTES_OF_VERSIONS) -> None:
        self._entries = WeightedLru[tuple[str, str], _CachedResponse](
            bytes_, lambda known: sum(len(body) + _BYTES_PER_KEY for body in known.bodies)
        )

    def answer(
        self, ledger: str, found: EntryAnswer, seals: Seals
    ) -> wire.EncodedMessage[pb.GetEntryResponse]:
        """A GetEntryResponse without its basis. Raises AnswerTooLarge."""
        versions = found.versions
        bodies = self._bodies(ledger, found, seals)[: len(versions)]
        last = len(versions) - 1
        for index, version in enumerate(versions):
            answers = version.version == found.answers
            if version.evidence_added and (answers or index == last):
                state = standings.state_of_version(version, seals)
                bodies[index] += state.SerializeToString()
            if answers:
                bodies[index] = wire.answering(bodies[index])
        if (size := sum(map(len, bodies))) > ANSWER_BYTES:
            raise AnswerTooLarge(found.id, size, ANSWER_BYTES)
        return wire.entry(found.id, bodies)

    def _bodies(self, ledger: str, found: EntryAnswer, seals: Seals) -> list[bytes]:
        """The serialized versions, in order; the list may go on with versions later than those
        in `found`.
        """
        key, versions = (ledger, found.id), found.versions
        known = self._entries.get(key)
        last = len(versions) - 1
        if known and last < len(known.stamps) and known.stamps[last] == _stamp(versions[last]):
            return known.bodies
        messages = [standings.version(each, seals) for each in versions]
        bodies = [each.SerializeToString() for each in messages]
        if not any(each.sealed or each.sealed_beside for each in messages):
            self._entries.put(key, _CachedResponse([*map(_stamp, versions)], bodies))
        return bodies


def _stamp(version: Version) -> tuple[int, datetime]:
    return version.position, version.recorded_at


def question(request: Message, basis: Basis) -> Question:
    """The cache key of a request: its type, the request without its cuts, and the cuts as they
    were resolved.
    """
    bare: Any = type(request)()
    bare.CopyFrom(request)
    bare.ClearField("cuts")
    asked = bare.SerializeToString(deterministic=True)
    return (request.DESCRIPTOR.full_name, asked, replace(basis, provisional=False))
