"""Erases the values of sealed fields for good, and records that and why."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import NamedTuple

from ledger_service.domain.values.entries import Sealed, Version
from ledger_service.domain.values.refusals import ErasureIncomplete, Invalid, Violation
from ledger_service.domain.values.sealing import sealed_fields, text_at
from ledger_service.persistence.recording.admission import Admission
from ledger_service.persistence.records import (
    FIELD_ERASED,
    FieldErased,
    decode,
    erased_of,
)
from ledger_service.persistence.sealing.sealed_values import SealedValues
from ledger_service.persistence.storage.log import LogHead, LogRecorder
from ledger_service.persistence.storage.reader import LogReader

#: Begins the reason of an erasure that states a loss.
_LOST = "Lost: "
_WAITS_SECONDS = (0.05, 0.2, 1.0, 4.0)

_log = logging.getLogger(__name__)


class Erased(NamedTuple):
    """What became of an erasure: where it stands in the log (its last record, when the
    versions of the field held several seals), and the versions that it reached.
    """

    position: int
    versions: tuple[int, ...]
    already_erased: bool


class Erasure:
    """Used by the thread that commits."""

    def __init__(self, recorder: LogRecorder, admission: Admission) -> None:
        self._recorder = recorder
        self._admission = admission
        self._values = SealedValues(recorder)

    def erase(self, versions: Sequence[Version], field: str, reason: str) -> Erased:
        """Erases every value that any version of an entry seals in a field. Asked again,
        it cleans the files again and answers as before. Raises Invalid, and
        ErasureIncomplete while a copy may be left in a file.
        """
        seals = _seals(versions, field)
        if not seals:
            raise Invalid((_not_sealed(versions, field),))
        before = self._recorder.head.position
        with self._recorder.head_lock() as head:
            for commitment, numbers in seals.items():
                if self._values.erase(commitment):
                    entry_id = versions[0].entry_id
                    self._record(
                        FieldErased(entry_id, field, numbers, commitment, reason), head
                    )
        self.clean()
        reached = {int(number) for numbers in seals.values() for number in numbers}
        return Erased(
            position=max(self._positions(seals)),
            versions=tuple(sorted(reached)),
            already_erased=self._recorder.head.position == before,
        )

    def settle_loss(self, versions: Sequence[Version], field: str, reason: str) -> Erased:
        """Records of every value of a field that is gone, or that is not the one that was
        sealed, that it is lost. The log keeps the seals, so a text that comes back can
        still be told from another. Raises Invalid when nothing is lost.
        """
        seals = _seals(versions, field)
        if not seals:
            raise Invalid((_not_sealed(versions, field),))
        lost = self._lost(seals)
        if not lost:
            raise Invalid((_not_lost(versions[0].entry_id, field),))
        with self._recorder.head_lock() as head:
            for commitment in lost:
                self._values.give_up(commitment)
                self._record(
                    FieldErased(
                        versions[0].entry_id,
                        field,
                        seals[commitment],
                        commitment,
                        f"{_LOST}{reason}",
                    ),
                    head,
                )
        self.clean()
        reached = {int(number) for commitment in lost for number in seals[commitment]}
        position = self._recorder.head.position
        return Erased(position, tuple(sorted(reached)), already_erased=False)

    def finish(self) -> None:
        """Cleans as far as may be where the log tells of an erasure: the last one may have
        been cut off before it did.
        """
        if erasures(self._recorder, self._recorder.head.position):
            self._recorder.clean()

    def clean(self) -> None:
        """Brings what was overwritten into the file of the log and empties the file of
        what is written ahead. Raises ErasureIncomplete while a reader keeps it.
        """
        for seconds in (*_WAITS_SECONDS, 0.0):
            if self._recorder.clean():
                return
            time.sleep(seconds)
        _log.warning("A reader keeps the write-ahead file, so an erased value may be in it.")
        raise ErasureIncomplete

    def _record(self, erased: FieldErased, head: LogHead) -> None:
        self._admission.write_own(FIELD_ERASED, erased, head)

    def _lost(self, seals: dict[str, tuple[str, ...]]) -> list[str]:
        """Those whose value is not there, and of which the log does not say so."""
        told = erasures(self._recorder, self._recorder.head.position)
        there = self._values.values(seals).keys() | {each.commitment for each in told}
        return [each for each in seals if each not in there]

    def _positions(self, seals: dict[str, tuple[str, ...]]) -> list[int]:
        """Where the erasures of these seals stand in the log."""
        last = self._recorder.head.position
        records = map(decode, LogReader(self._recorder).of_ledger(FIELD_ERASED, last))
        return [int(each.position) for each in records if erased_of(each).commitment in seals]


def erasures(recorder: LogRecorder, position: int) -> list[FieldErased]:
    """What the log up to a position says was erased, oldest first."""
    records = map(decode, LogReader(recorder).of_ledger(FIELD_ERASED, position))
    return [erased_of(each) for each in records]


def _seals(versions: Sequence[Version], field: str) -> dict[str, tuple[str, ...]]:
    """The seals that versions hold in a field, each with the numbers of its versions."""
    seals: dict[str, tuple[str, ...]] = {}
    for version in versions:
        text = text_at(version.state, field) if version.state is not None else None
        if isinstance(text, Sealed):
            seals[text.sealed] = (*seals.get(text.sealed, ()), str(version.version))
    return seals


def _not_lost(entry_id: str, field: str) -> Violation:
    problem = f"The value of {field[:60]!r} in {entry_id!r} is there, or was erased before."
    return Violation("field", problem)


def _not_sealed(versions: Sequence[Version], field: str) -> Violation:
    paths = {
        each.path: None
        for version in versions
        if version.state is not None
        for each in sealed_fields(version.state)
    }
    known = f"Sealed in it: {', '.join(paths)}." if paths else "Nothing in it is sealed."
    return Violation(
        "field", f"{field[:60]!r} was never sealed in {versions[0].entry_id!r}. {known}"
    )
