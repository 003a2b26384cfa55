"""Decides which version of an entry answers, where new information counts only once the report
that told it is out.

When a report came out may itself have been amended by new information from another report, and
so on. The versions are looked at from the last one back, each report once. Reports that wait
for one another in a circle are judged as they were before any of them told of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple, cast

from ledger_service.domain.picture.circles import circles
from ledger_service.domain.picture.memo import CutPoint, Memo, Result
from ledger_service.domain.values.entries import (
    Act,
    Change,
    Commitment,
    Instrument,
    Report,
    Version,
)
from ledger_service.domain.values.stopping import looking

#: Of entries of other types always the last version answers.
_TOLD_ANEW = (Act, Commitment, Instrument, Report)


class _Told(NamedTuple):
    """The version that answers, and the circle of reports through which the entry waits for
    itself; empty when it does not.
    """

    version: Version | None
    circle: frozenset[str]


class AnsweringVersions:
    """The answering versions of a picture that reads dates as `certain`. `is_out` tells
    whether a version of a report is out.
    """

    def __init__(
        self,
        memo: Memo,
        at: CutPoint,
        versions: Callable[[str], Sequence[Version]],
        is_out: Callable[[Version | None], object],
    ) -> None:
        self._memo = memo
        self._at = at
        self._versions = versions
        self._is_out = is_out

    def answering(self, entry_id: str) -> Version | None:
        """The version that answers; None for an entry that was annulled."""
        result = self._memo.recall(_key(entry_id), self._at)
        if result is None:
            versions = self._versions(entry_id)
            if len(versions) <= 1:  # as of nearly all, found as soon as remembered
                return _reached(versions, {})
            result = self._settle(entry_id)
        return self._told_of(result)

    def _settle(self, entry_id: str) -> Result:
        """Finds the answering version of an entry, and before it those of all reports that it
        waits for.
        """
        if next(_tellers(self._versions(entry_id)), None) is None:  # as of most
            return self._memo.compute(_key(entry_id), partial(self._last_told, entry_id))
        known: dict[str, Result] = {}
        for members in circles(entry_id, partial(self._waits_for, known)):
            results = self._memo.compute_together(partial(self._tell, known, members))
            for member, result in results.items():
                self._memo.keep(_key(member), result)
            known |= results
        return known[entry_id]

    def _last_told(self, entry_id: str) -> _Told:
        """The last version, which answers for an entry of which no report told new
        information.
        """
        return _Told(_reached(self._versions(entry_id), {}), frozenset())

    def _waits_for(self, known: dict[str, Result], entry_id: str) -> list[str]:
        """The reports that told new information about an entry and are not settled yet. The
        members of a circle are settled together.
        """
        found = []
        for report in looking(_tellers(self._versions(entry_id))):
            result = known.get(report) or self._memo.recall(_key(report), self._at)
            if result is None or entry_id in _told(result).circle:
                found.append(report)
            else:
                known[report] = result
        return found

    def _tell(self, known: dict[str, Result], members: Sequence[str]) -> dict[str, _Told]:
        """The answering versions of entries that wait for one another, or of one that does not
        wait for itself.
        """
        circle = frozenset(members)
        versions = {member: self._versions(member) for member in members}
        out = {
            report: self._is_out(self._told_of(known[report])) is not None
            for each in versions.values()
            for report in _tellers(each)
            if report not in circle
        }
        before = {member: _reached(versions[member], out) for member in members}
        if len(members) == 1:
            return {member: _Told(before[member], frozenset()) for member in members}
        for member in members:
            out[member] = self._is_out(before[member]) is not None
        told = {}
        for member in looking(members):
            answer = _reached(versions[member], out, itself=member)
            told[member] = _Told(answer, circle)
        return told

    def _told_of(self, result: Result) -> Version | None:
        self._memo.use(result)
        return _told(result).version


def _key(entry_id: str) -> tuple[str, str]:
    return ("answering", entry_id)


def _told(result: Result) -> _Told:
    return cast("_Told", result.value)


def _tellers(versions: Sequence[Version]) -> Iterator[str]:
    """The reports that told new information about an entry; none for an annulled entry, or for
    one of a type of which always the last version answers.
    """
    if versions and versions[-1].state is not None:
        first = versions[0].state
        if len(versions) > 1 and isinstance(first, _TOLD_ANEW):
            for version in versions[1:]:
                if version.change is Change.NEW_INFORMATION:
                    yield version.report


def _reached(
    versions: Sequence[Version], out: Mapping[str, bool], itself: str = ""
) -> Version | None:
    """The last version before the first one that was told by a report which is not known to be
    out, or which is the entry itself.
    """
    if not versions or versions[-1].state is None:
        return None
    if not isinstance(versions[0].state, _TOLD_ANEW):
        return versions[-1]
    answer = versions[0]
    for version in versions[1:]:
        if version.change is Change.NEW_INFORMATION:
            report = version.report
            if report == itself or not out.get(report, False):
                break
        answer = version
    return answer if answer.state is not None else None
