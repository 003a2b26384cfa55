"""What is fetched together with entries, and how records are read."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from ledger_service.application.ledger import Ledger
from ledger_service.projections import history
from ledger_service.projections.places import EntryPositions
from ledger_service.projections.projector import Projector
from tests.support.examples import a_command, a_party, entry
from tests.support.following import follow_all, history_of


def at(entry_id: str, pointed_at_by: int, versions: int = 1) -> EntryPositions:
    sources = tuple((f"{entry_id}-{n}", 1) for n in range(pointed_at_by))
    return EntryPositions(100, tuple(range(versions)), sources)


def around(*found: EntryPositions) -> dict[str, int]:
    """How many entries are fetched with each."""
    names = [each.rpartition("-")[0] for each in history._around(found)]
    return {name: names.count(name) for name in names}


def test_twenty_entries_are_fetched_with_each_on_average() -> None:
    assert around(at("a", 20)) == {"a": 20}
    assert around(at("a", 21)) == {}
    assert around(at("a", 35), at("b", 5)) == {"a": 35, "b": 5}


def test_an_entry_at_which_very_many_point_keeps_no_other_from_its_own() -> None:
    assert around(at("hub", 5_000), at("a", 3), at("b", 15)) == {"a": 3, "b": 15}


def test_what_nobody_recorded_makes_no_room_for_others() -> None:
    unknown = (at(f"unknown-{n}", 0, versions=0) for n in range(100))
    assert around(at("a", 30), *unknown) == {}


async def test_of_many_records_few_are_read_first_and_twice_as_many_each_further_time(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"p{n}" for n in range(700)]
    await ledger.record(a_command(*(entry(each, a_party()) for each in names)))
    follower = Projector(ledger, folder)
    follow_all(follower)
    read = list[int]()
    told_at = Ledger.told_at

    def noted(self: Ledger, positions: Sequence[int]) -> Any:
        read.append(len(positions))
        return told_at(self, positions)

    monkeypatch.setattr(Ledger, "told_at", noted)
    known = history_of(ledger, follower, ledger.head.position)
    known.expect(names[:500])
    assert read == [50, 100, 200, 150]
    assert [known.versions(each)[0].entry_id for each in names[:500]] == names[:500]
