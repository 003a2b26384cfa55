"""What a request says is looked at beside entries that are fetched together, not one by one."""

from datetime import UTC, datetime
from typing import Any

from ledger_service.domain.remarks import Usual, remarks
from ledger_service.domain.values.entries import RelationKind
from tests.support.examples import (
    a_command,
    a_commitment,
    a_party,
    a_relation,
    a_report,
    an_act,
    an_evidence,
    entry,
    on,
)
from tests.support.histories import MemoryHistory

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOLD = an_evidence(report="report")
REPORTS = [f"report-{n}" for n in range(300)]


class Watched:
    """A history that knows which entries it was asked for without having been told before."""

    def __init__(self, history: Any) -> None:
        self._history = history
        self._expected = set[str]()
        self.alone = set[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._history, name)

    def expect(self, entries: Any) -> None:
        self._expected.update(entries)

    def versions(self, entry_id: str) -> Any:
        if entry_id not in self._expected:
            self.alone.add(entry_id)
        return self._history.versions(entry_id)


def looked_at(*items: Any) -> Watched:
    """A ledger with many reports, after it was asked what is odd about acts told by them."""
    ledger = MemoryHistory()
    ledger.record(
        a_command(
            entry("us", a_party(name="United States")),
            entry("dprk", a_party(name="North Korea")),
            entry("c1", a_commitment(evidence=(an_evidence(report=REPORTS[0]),))),
            *(entry(report, a_report(published=on("2018-09-01"))) for report in REPORTS),
        )
    )
    acts = [
        entry(f"act-{report}", an_act(evidence=(an_evidence(report=report),)))
        for report in REPORTS
    ]
    watched = Watched(ledger.at(ledger.head))
    remarks(a_command(*acts, *items), watched, NOW, Usual(), reads_sealed=True)  # type: ignore[arg-type]
    return watched


def test_the_reports_of_many_acts_are_fetched_together() -> None:
    assert not looked_at().alone & {*REPORTS}


def test_so_are_the_entries_of_a_request_that_moves_something() -> None:
    kept = an_act(
        relations=(a_relation(kind=RelationKind.FULFILS, target="c1"),),
        evidence=(an_evidence(report=REPORTS[0]),),
    )
    own = {f"act-{report}" for report in REPORTS}
    assert not looked_at(entry("kept", kept)).alone & own


def test_so_are_the_promises_that_many_deeds_keep_and_no_more_than_are_looked_at() -> None:
    ledger = MemoryHistory()
    promises = [f"c{n:03}" for n in range(150)]
    # More entries than a request may name: those that come first by id leave no room.
    denied = [f"a{n:03}" for n in range(200)]
    ledger.record(
        a_command(
            entry("us", a_party(name="United States")),
            entry("dprk", a_party(name="North Korea")),
            entry("report", a_report(published=on("2018-09-01"))),
            *(entry(each, a_report(published=on("2018-09-01"))) for each in denied),
            *(entry(each, a_commitment(evidence=(TOLD,))) for each in promises),
        )
    )
    deeds = [
        entry(
            f"deed-{each}",
            an_act(
                relations=(
                    a_relation(kind=RelationKind.FULFILS, target=each),
                    a_relation(kind=RelationKind.DENIES, target=denied[n]),
                ),
                evidence=(TOLD,),
            ),
        )
        for n, each in enumerate(promises)
    ]
    watched = Watched(ledger.at(ledger.head))
    remarks(a_command(*deeds), watched, NOW, Usual(), reads_sealed=True)  # type: ignore[arg-type]
    assert not watched.alone & {*promises}
