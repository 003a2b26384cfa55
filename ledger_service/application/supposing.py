"""What a question supposes: items that are checked like those of a request to record, and that
are answered with as if they had been recorded. Nothing of them is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from msgspec.structs import replace

from ledger_service.domain.checks import (
    EntryHead,
    check_command,
    decide,
    head_of,
    normal_request,
)
from ledger_service.domain.picture.history import History
from ledger_service.domain.picture.supposing import suppose
from ledger_service.domain.values.commands import Annulment, Item, NewEntry, RecordCommand
from ledger_service.domain.values.cuts import Basis, Supposed, Supposition
from ledger_service.domain.values.entries import SealableText, Sealed
from ledger_service.domain.values.refusals import Violation
from ledger_service.domain.values.sealing import text_of, with_texts_of
from ledger_service.persistence.recording.requests import content_hash
from ledger_service.projections.weighted_lru import WeightedLru

_REMEMBERED = 16
#: How the items of a request are told by the rules.
_ITEMS = "items"


class CheckedSupposition(NamedTuple):
    """Items that a question supposes, in their normal form, and what is wrong with them in any
    ledger: the first violations, and how many `more` there are.
    """

    supposition: Supposition
    violations: list[Violation]
    more: int


def look_at(items: Sequence[Item], field: str) -> CheckedSupposition:
    """Looks at items whose paths in the question begin with `field`. Acts may lie ahead."""
    normal = normal_request(RecordCommand(tuple(items)))
    found = check_command(normal.command, today=None)
    sound = not found and normal.states is not None
    digest = content_hash(normal.command, normal.states or ()) if sound else b""
    violations = [_placed(each, field) for each in found]
    return CheckedSupposition(
        Supposition(normal.command.items, digest, field), violations, found.more
    )


def supposed(asked: Supposition, history: History) -> Supposed:
    """What is supposed behind the end of a history, which may block. Raises what recording
    would raise: Invalid, UnknownReference, EntryExists or VersionConflict.
    """
    texts: dict[str, str] = {}
    items = tuple(
        _sealed(item, f"{asked.digest.hex()} {number}", texts)
        for number, item in enumerate(_named(asked), 1)
    )
    command = RecordCommand(items)
    decision = decide(
        command, cache(lambda entry_id: head_of(history.versions(entry_id))), hold_taken=True
    )
    if (refusal := decision.refusal()) is not None:
        violations = tuple(_placed(each, asked.field) for each in refusal.violations)
        raise type(refusal)(violations, refusal.more)
    final = map(_final, items, decision.heads)
    return Supposed(asked.digest, tuple(final), texts)


def _named(asked: Supposition) -> Iterator[Item]:
    """The items, each of which tells its entry. An id that the ledger would make follows from
    what is supposed, so that the same question gets the same answer.
    """
    for number, item in enumerate(asked.items, 1):
        if isinstance(item, NewEntry):
            made = f"supposed.{asked.digest.hex()[:16]}.{number}"
            yield replace(item, entry_id=item.entry_id or made)
        else:
            yield item


def _sealed(item: Item, unlike: str, texts: dict[str, str]) -> Item:
    """The item with a stand-in for each text that it seals, which is put into `texts`. Nothing
    of the text is in the stand-in, so that the same question gets the same answer whatever it
    seals, and none confirms a guess.
    """
    if not item.seal:
        return item
    seals: dict[str, SealableText] = {}
    for path in item.seal:
        text = text_of(item, path)
        assert isinstance(text, str), path
        stand_in = f"sha256:{sha256(f'supposed {unlike} {path}'.encode()).hexdigest()}"
        texts[stand_in] = text
        seals[path] = Sealed(stand_in)
    return with_texts_of(item, seals)


def _final(item: Item, head: EntryHead) -> Item:
    """The item with the full state of the version that it makes."""
    if isinstance(item, NewEntry | Annulment):
        return replace(item, seal=())
    return replace(item, state=head.state, evidence_added=(), seal=(), keep_sealed=())


def _placed(violation: Violation, field: str) -> Violation:
    """The violation at its place in the question."""
    if violation.field.startswith(_ITEMS):
        return Violation(field + violation.field.removeprefix(_ITEMS), violation.problem)
    return violation


class Suppositions:
    """A cache of histories with what is supposed behind their end, so that the pages of one
    question share what was found out for the first. Any thread may use it.
    """

    def __init__(self, limit: int = _REMEMBERED) -> None:
        self.histories = WeightedLru[tuple[int, bytes], _Supposing](limit)

    def behind(self, history: History, basis: Basis) -> History:
        """A history with what a basis supposes behind it, at the time of the basis."""
        assert basis.supposed is not None
        key = history.position, basis.supposed.digest
        known = self.histories.get(key)
        # Views that were built anew have another history, and the old one is closed.
        if known is None or known.real is not history:
            at = basis.recorded_at or datetime.combine(basis.as_of, time.min, UTC)
            known = _Supposing(history, suppose(history, basis.supposed.items, at))
            self.histories.put(key, known)
        return known.supposing


class _Supposing(NamedTuple):
    """A history, and the one in which something is supposed behind it."""

    real: History
    supposing: History
