"""15.5: of a large request, and of what much is said about, not all is looked at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ledger_service.domain.remarks import Usual, remarks
from ledger_service.domain.values.commands import Item
from ledger_service.domain.values.entries import Identity, Party, Relation, RelationKind
from tests.support.examples import (
    a_command,
    a_commitment,
    a_party,
    a_relation,
    a_report,
    an_act,
    an_amendment,
    an_annulment,
    an_evidence,
    entry,
    on,
)
from tests.support.histories import MemoryHistory

pytestmark = pytest.mark.rule("15.5")

NOW = datetime(2026, 1, 1, tzinfo=UTC)
US, DPRK = entry("us", a_party(name="United States")), entry("dprk", a_party(name="DPRK"))
ABOUT = a_relation(kind=RelationKind.REFERS_TO, target="p")


def remarked(ledger: MemoryHistory, *items: Item) -> list[str]:
    """The reasons of the remarks on a request."""
    history = ledger.at(ledger.head)
    found = remarks(a_command(*items), history, NOW, Usual(), reads_sealed=True)
    assert found is not None
    return [str(each.reason) for each in found]


def told_by(report: str, *relations: Relation) -> Item:
    told = (an_evidence(report=report),)
    return entry(f"act-{report}", an_act(evidence=told, relations=relations))


@pytest.mark.parametrize(
    ("number", "relations", "found"),
    [
        (196, (ABOUT,), ["report_before_event"]),
        (197, (ABOUT,), []),
        (500, (), ["report_before_event"]),
    ],
)
def test_200_entries_are_looked_at_that_a_request_names_beside_its_own(
    number: int, relations: tuple[Relation, ...], found: list[str]
) -> None:
    """Two parties, a promise, and so many reports: the last one is older than what it tells.
    Of acts without relations all reports are looked at.
    """
    reports = [f"A{n}" for n in range(number)]
    ledger = MemoryHistory()
    ledger.record(
        a_command(
            *(US, DPRK, entry("p", a_commitment(evidence=(an_evidence(report="A0"),)))),
            *(entry(each, a_report(published=on("2018-09-01"))) for each in reports),
            entry("z", a_report(published=on("1999-01-01"))),
        )
    )
    assert remarked(ledger, *(told_by(each, *relations) for each in (*reports, "z"))) == found


@pytest.mark.parametrize("aiming", [199, 200])
def test_that_at_which_more_than_200_entries_aim_is_not_looked_at(aiming: int) -> None:
    ledger = MemoryHistory()
    ledger.record(
        a_command(
            US,
            DPRK,
            entry("A1", a_report(published=on("2018-08-01"))),
            entry("p", a_commitment()),
            *(entry(f"x{n}", an_act(relations=(ABOUT,))) for n in range(aiming)),
        )
    )
    lets_go = a_relation(kind=RelationKind.RELEASES, target="p")
    found = remarked(ledger, entry("odd", an_act(relations=(lets_go,))))
    assert found == (["not_entitled"] if aiming == 199 else [])


@pytest.mark.parametrize("number", [200, 201])
def test_200_entries_are_looked_at_that_may_name_an_annulled_party(number: int) -> None:
    """The last one by id is the only one that names it still."""
    ledger, freed = MemoryHistory(), _party(same_as=())
    parties = [f"p{n:03}" for n in range(number)]
    ledger.record(a_command(US, *(entry(each, _party()) for each in parties)))
    ledger.record(a_command(*(an_amendment(each, freed) for each in parties[:-1])))
    found = remarked(ledger, an_annulment("us"))
    assert found == (["annulled_party"] if number == 200 else [])


def test_a_party_that_too_many_entries_may_name_is_still_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ledger = MemoryHistory()
    ledger.record(a_command(US))
    history = ledger.at(ledger.head)
    monkeypatch.setattr(type(history), "matching", lambda *_: None)
    (found,) = (
        remarks(a_command(an_annulment("us")), history, NOW, Usual(), reads_sealed=True) or ()
    )
    assert found.text.startswith(
        "The party 'us' is still named by more entries than are looked"
    )


def _party(**ties: Any) -> Party:
    return a_party(
        name="Somebody", aliases=(), codes=(), **{"same_as": (Identity("us"),), **ties}
    )
