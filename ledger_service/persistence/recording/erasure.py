"""Erases the values of sealed fields for good, and records that it was done and why."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ledger_service.domain.values.entries import SealableText, Sealed, Version
from ledger_service.domain.values.refusals import ErasureIncomplete, Invalid, Violation
from ledger_service.domain.values.sealing import REASON, sealed_fields, text_at
from ledger_service.persistence.own_records import erasures
from ledger_service.persistence.recording.admission import Admission
from ledger_service.persistence.records import (
    FIELD_ERASED,
    FieldErased,
    decode,
    erased_of,
)
from ledger_service.persistence.sealing.sealed_values import (
    SealedPlace,
    SealedValues,
    sealed_places,
)
from ledger_service.persistence.storage.log import LogHead, LogRecorder
from ledger_service.persistence.storage.reader import LogReader

#: Begins the reason of an erasure that states a loss.
_LOST = "Lost: "
_NOT_INHERITED = f"{_LOST}It was not there any more when this log went on for another one."
_PLACES_AT_ONCE = 500
_WAITS_SECONDS = (0.05, 0.2, 1.0, 4.0)

_log = logging.getLogger(__name__)


class Erased(NamedTuple):
    """The result of an erasure: the position of its record (of the last one, when the versions
    of the field held several seals), and the versions that it reached. It did not reach
    `plain_versions`, in which the field was not sealed and stands in the log for good, nor
    `still_sealed`, the paths of other fields of the entry whose sealed values are kept.
    """

    position: int
    versions: tuple[int, ...]
    already_erased: bool
    plain_versions: tuple[int, ...] = ()
    still_sealed: tuple[str, ...] = ()


class Erasure:
    """Used by the thread that writes."""

    def __init__(self, recorder: LogRecorder, admission: Admission) -> None:
        self._recorder = recorder
        self._admission = admission
        self._values = SealedValues(recorder)

    def erase(
        self, versions: Sequence[Version], field: str, reason: str, recorded_by: str
    ) -> Erased:
        """Erases every value that any version of an entry seals in a field. Called again, it
        cleans the files again and returns the same answer. Raises Invalid, and
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
                        FieldErased(entry_id, field, numbers, commitment, reason),
                        head,
                        recorded_by,
                    )
        self.clean()
        reached = {int(number) for numbers in seals.values() for number in numbers}
        return Erased(
            position=max(self._positions(seals)),
            versions=tuple(sorted(reached)),
            already_erased=self._recorder.head.position == before,
            plain_versions=tuple(v.version for v in versions if _is_plain(v, field)),
            still_sealed=self._kept(versions),
        )

    def settle_loss(
        self, versions: Sequence[Version], field: str, reason: str, recorded_by: str
    ) -> Erased:
        """Records the loss of every value of a field that is gone, or is not the one that was
        sealed. The log keeps the seals, so that a text which turns up can be checked against
        them. Raises Invalid when nothing is lost.
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
                    recorded_by,
                )
        self.clean()
        reached = {int(number) for commitment in lost for number in seals[commitment]}
        position = self._recorder.head.position
        return Erased(position, tuple(sorted(reached)), already_erased=False)

    def finish(self) -> None:
        """Cleans the files if the log has an erasure, since the last one may have been
        interrupted before it cleaned them. What cannot be cleaned now is left.
        """
        if LogReader(self._recorder).of_ledger(FIELD_ERASED):
            self._recorder.clean()

    def clean(self) -> None:
        """Brings overwritten values into the main file, and empties the write-ahead file.
        Raises ErasureIncomplete while a reader needs it.
        """
        for seconds in (*_WAITS_SECONDS, 0.0):
            if self._recorder.clean():
                return
            time.sleep(seconds)
        _log.warning("A reader keeps the write-ahead file, so an erased value may be in it.")
        raise ErasureIncomplete

    def _record(self, erased: FieldErased, head: LogHead, recorded_by: str) -> None:
        self._admission.write_own(FIELD_ERASED, erased, head, recorded_by)

    def _lost(self, seals: dict[str, tuple[str, ...]]) -> list[str]:
        """The seals whose values are gone without a record that says so."""
        told = erasures(self._recorder, self._recorder.head.position)
        there = self._values.values(seals).keys() | {each.commitment for each in told}
        return [each for each in seals if each not in there]

    def _kept(self, versions: Sequence[Version]) -> tuple[str, ...]:
        """The paths of the sealed fields of an entry whose values are kept, each once."""
        found = [field for version in versions for field in _sealed_in(version)]
        kept = self._values.values({text.sealed for _, text in found})
        return tuple(dict.fromkeys(path for path, text in found if text.sealed in kept))

    def _positions(self, seals: dict[str, tuple[str, ...]]) -> list[int]:
        """The positions of the records that erase these seals."""
        last = self._recorder.head.position
        records = map(decode, LogReader(self._recorder).of_ledger(FIELD_ERASED, last))
        return [int(each.position) for each in records if erased_of(each).commitment in seals]


def unsaid_losses(recorder: LogRecorder) -> list[FieldErased]:
    """What a log has to say that goes on for another: of each seal, that its value is not there,
    where no record says so. It was lost, or erased behind what was inherited.
    """
    position = recorder.head.position
    said = {each.commitment for each in erasures(recorder, position)}
    missing: dict[str, list[SealedPlace]] = {}
    places = sealed_places(recorder, position, said)
    while some := [*islice(places, _PLACES_AT_ONCE)]:
        there = SealedValues(recorder).values({each.commitment for each in some})
        for each in some:
            if each.commitment not in there and each.commitment not in said:
                missing.setdefault(each.commitment, []).append(each)
    return [
        FieldErased(
            sealed[0].entry,
            sealed[0].path,
            tuple(str(each.version) for each in sealed),
            commitment,
            _NOT_INHERITED,
        )
        for commitment, sealed in missing.items()
    ]


def _seals(versions: Sequence[Version], field: str) -> dict[str, tuple[str, ...]]:
    """The seals of a field in some versions, each with the numbers of its versions."""
    seals: dict[str, tuple[str, ...]] = {}
    for version in versions:
        text = _text(version, field)
        if isinstance(text, Sealed):
            seals[text.sealed] = (*seals.get(text.sealed, ()), str(version.version))
    return seals


def _text(version: Version, field: str) -> SealableText | None:
    if field == REASON:
        return version.reason
    return text_at(version.state, field) if version.state is not None else None


def _is_plain(version: Version, field: str) -> bool:
    text = _text(version, field)
    return bool(text) and not isinstance(text, Sealed)


def _sealed_in(version: Version) -> Iterator[tuple[str, Sealed]]:
    """The sealed texts of a version, its reason among them, each with its path."""
    if isinstance(version.reason, Sealed):
        yield REASON, version.reason
    for field in sealed_fields(version.state) if version.state is not None else ():
        yield field.path, field.sealed


def _not_lost(entry_id: str, field: str) -> Violation:
    problem = f"The value of {field[:60]!r} in {entry_id!r} is there, or was erased before."
    return Violation("field", problem)


def _not_sealed(versions: Sequence[Version], field: str) -> Violation:
    paths = dict.fromkeys(path for version in versions for path, _ in _sealed_in(version))
    known = f"Sealed in it: {', '.join(paths)}." if paths else "Nothing in it is sealed."
    return Violation(
        "field", f"{field[:60]!r} was never sealed in {versions[0].entry_id!r}. {known}"
    )
