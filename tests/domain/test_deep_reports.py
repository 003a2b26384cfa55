"""Reports that tell anew of one another, in chains, ladders and circles of any length."""

import pytest

from ledger_service.domain.picture.memo import Memo
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.commands import Amendment, NewEntry, RecordCommand
from ledger_service.domain.values.entries import Report
from tests.support.histories import MemoryHistory
from tests.support.shapes import SHAPES, common, on

_DAY = on(9_000).to_day
_SIZE = 300


class CountingMemo(Memo):
    """Counts what is computed."""

    computed = 0

    def _compute(self, compute):
        self.computed += 1
        return super()._compute(compute)


@pytest.mark.parametrize("name", [name for name in SHAPES if name.startswith("reports")])
def test_each_report_is_looked_at_once(name: str) -> None:
    history, memo = MemoryHistory(), CountingMemo()
    history.record(RecordCommand((*common(), *SHAPES[name](_SIZE))))
    picture = Picture(history.at(history.head, memo), _DAY)
    assert picture.act("a")
    reports = {v.entry_id for v in history.recorded if isinstance(v.state, Report)}
    assert all(picture.visible(report) for report in reports)
    assert memo.computed < 4 * _SIZE


def _report(day: int) -> Report:
    return Report(title="a report", publisher="a paper", published=on(day))


def _answering(*told: tuple[str, int, str], out: int) -> dict[str, int]:
    """The versions of three reports of day 1 of which others told something new: that they
    came out on other days.
    """
    history = MemoryHistory()
    names = ("r", "s", "t")
    reports = (NewEntry(name, _report(1)) for name in names)
    anew = (Amendment(of, "told anew", _report(day), by) for of, day, by in told)
    history.record(RecordCommand((*reports, *anew)))
    picture = Picture(history.at(history.head), _DAY, on(out).to_day)
    found = {name: picture.answering(name) for name in names}
    return {name: version.version for name, version in found.items() if version}


@pytest.mark.rule("2.6")
def test_two_reports_that_tell_of_one_another_are_judged_as_they_were_before() -> None:
    circle = ("r", 5, "s"), ("s", 7, "r")
    assert _answering(*circle, out=1) == {"r": 2, "s": 2, "t": 1}


@pytest.mark.rule("2.6")
def test_what_leads_into_a_circle_hangs_on_what_the_circle_came_to() -> None:
    circle = ("r", 5, "s"), ("s", 7, "r"), ("t", 2, "s")
    assert _answering(*circle, out=6) == {"r": 2, "s": 2, "t": 1}
    assert _answering(*circle, out=7) == {"r": 2, "s": 2, "t": 2}


@pytest.mark.rule("2.6")
def test_no_report_tells_anything_new_of_itself() -> None:
    assert _answering(("r", 5, "r"), out=9)["r"] == 1
    circle = ("r", 5, "s"), ("s", 7, "r")
    assert _answering(*circle, ("r", 9, "r"), out=9) == {"r": 2, "s": 2, "t": 1}
