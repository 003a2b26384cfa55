"""Caches serialized answers by question and basis, and serialized versions of entries. Neither
ever changes: the same question on the same basis has one answer.

Answers with sealed fields are never cached: their values may be erased.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, TypeAlias

from google.protobuf.message import Message

from ledger_service.api import wire
from ledger_service.api.messages import versions
from ledger_service.api.messages.seals import Seals
from ledger_service.api.pages import Page
from ledger_service.application.questions import EntryAnswer
from ledger_service.domain.values.cuts import Basis
from ledger_service.domain.values.entries import TYPE_NAMES, EntryType, Version
from ledger_service.lookups import Lookups
from ledger_service.projections.weighted_lru import WeightedLru

_BYTES_REMEMBERED = 16 * 1024 * 1024
_BYTES_PER_KEY = 500

#: Larger pages are not remembered: whoever reads a whole list asks for each of them once.
MOST_BYTES_OF_PAGE = 256 * 1024

_BYTES_OF_VERSIONS = 16 * 1024 * 1024

Question: TypeAlias = tuple[str, bytes, Basis]


class ResponseCache:
    """Serialized answers by question. The least recently used go first when they hold more
    than `bytes_`. Any thread may use it.
    """

    def __init__(self, bytes_: int = _BYTES_REMEMBERED) -> None:
        self._bodies = WeightedLru[Question, bytes](bytes_, lambda b: len(b) + _BYTES_PER_KEY)

    @property
    def size(self) -> int:
        return self._bodies.size

    @property
    def lookups(self) -> Lookups:
        return self._bodies.lookups

    def __contains__(self, question: Question) -> bool:
        """Whether an answer is there, which does not count as a look-up."""
        return question in self._bodies

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

    @property
    def size(self) -> int:
        return self._entries.size

    @property
    def lookups(self) -> Lookups:
        return self._entries.lookups

    def page(
        self, ledger: str, found: EntryAnswer, seals: Seals, wanted: slice, most_bytes: int
    ) -> list[bytes]:
        """The serialized versions at the places `wanted`, as many as have `most_bytes` together,
        and at least one if there is any.
        """
        bodies = self._bodies(ledger, found, seals)
        last = len(found.versions) - 1
        page: list[bytes] = []
        size = 0
        for index in range(*wanted.indices(last + 1)):
            version, body = found.versions[index], bodies[index]
            answers = version.version == found.answers
            if version.evidence_added and (answers or index == last):
                body += versions.state_of_version(version, seals).SerializeToString()
            if answers:
                body = wire.answering(body)
            size += len(body)
            if page and size > most_bytes:
                break
            page.append(body)
        return page

    def _bodies(self, ledger: str, found: EntryAnswer, seals: Seals) -> list[bytes]:
        """The serialized versions, in order; the list may go on with versions later than those
        in `found`.
        """
        key, held = (ledger, found.id), found.versions
        known = self._entries.get(key)
        last = len(held) - 1
        if known and last < len(known.stamps) and known.stamps[last] == _stamp(held[last]):
            return known.bodies
        type_ = EntryType(TYPE_NAMES[type(held[0].state)])
        messages = [versions.version(each, type_, seals) for each in held]
        bodies = [each.SerializeToString() for each in messages]
        if not any(each.sealed or each.sealed_beside for each in messages):
            self._entries.put(key, _CachedResponse([*map(_stamp, held)], bodies))
        return bodies


def _stamp(version: Version) -> tuple[int, datetime]:
    return version.position, version.recorded_at


def question(request: Message, basis: Basis) -> Question:
    """The cache key of a request: its type, the request without its cuts, and the cuts as they
    were resolved.
    """
    bare = request
    if request.HasField("cuts"):
        bare = type(request)()
        bare.CopyFrom(request)
        bare.ClearField("cuts")
    asked = bare.SerializeToString(deterministic=True)
    final = replace(basis, provisional=False) if basis.provisional else basis
    return (request.DESCRIPTOR.full_name, asked, final.to_keep)


def page_question(request: Message, page: Page, size: int, basis: Basis) -> Question:
    """The cache key of a page. Its token of the next one belongs to the very words of the
    request, and tells whether the basis is provisional.
    """
    asked = f"{page.question} {page.start} {size} {page.after}"
    return (request.DESCRIPTOR.full_name, asked.encode(), basis.to_keep)
