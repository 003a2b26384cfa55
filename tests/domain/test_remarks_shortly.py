"""The short look at a request before it is recorded finds nothing odd where all rules of remarks
find nothing, and leaves all else to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from ledger_service.domain.remarks import Usual, is_nothing_odd, remarks
from ledger_service.domain.remarks.said import RemarkedRequest
from ledger_service.domain.values.commands import Item
from ledger_service.domain.values.entries import EventCode, RelationKind, State, Version
from tests.support.examples import (
    a_command,
    a_party,
    a_relation,
    an_act,
    an_amendment,
    an_annulment,
    an_evidence,
    entry,
    on,
)
from tests.support.histories import MemoryHistory, MemoryPrefix

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PLAIN = an_act(occurred=on("2018-07-05"), code=EventCode(cameo="0842"))


@pytest.fixture(scope="module")
def history() -> MemoryPrefix:
    """A ledger in which much happened in 2018, and one party is annulled."""
    everything = MemoryHistory()
    everything.record(a_command())
    everything.record(a_command(entry("gone", a_party(name="Nowhere"))))
    everything.record(a_command(an_annulment("gone")))
    everything.record(a_command(*(entry(f"e{n}", PLAIN) for n in range(20))))
    return everything.at(everything.head)


@pytest.fixture(scope="module")
def usual() -> Usual:
    found = Usual()
    found.years.add(2018)
    return found


@pytest.fixture(scope="module")
def states(history: MemoryPrefix) -> dict[str, State]:
    """What a look at a plain request found out."""
    found: dict[str, State] = {}
    RemarkedRequest(a_command(entry("", PLAIN)), history, NOW, found)
    assert found.keys() == {"us", "dprk", "A1"}
    return found


def test_nothing_is_odd_about_acts_that_name_what_is_known(
    history: MemoryPrefix, usual: Usual, states: dict[str, State]
) -> None:
    later = an_act(occurred=on("2018-07-10"), code=None, counterparties=())
    command = a_command(entry("", PLAIN), entry("new", later))
    assert is_nothing_odd(command, states, usual)
    assert remarks(command, history, NOW, usual, reads_sealed=True, needs_all=True) == ()


def changed(**changes: object) -> Item:
    return entry("", replace(PLAIN, **changes))


@pytest.mark.parametrize(
    "item",
    [
        changed(relations=(a_relation(kind=RelationKind.BREACHES, target="C1"),)),
        changed(co_actors=("us",)),
        changed(code=EventCode(cameo="9999")),
        changed(evidence=(an_evidence(asserted_by="us"),)),
        changed(occurred=on("2018-08-01")),
        changed(occurred=on("1018-07-05")),
        changed(occurred=on("2018-07-05", "2108-07-05")),
        changed(actor="gone"),
        changed(actor="unknown"),
        changed(counterparties=("us", "pompeo")),
        changed(evidence=(an_evidence(report="B2"),)),
        replace(changed(), seal=("title",)),
        entry("party", a_party()),
        an_amendment("F001", PLAIN),
        an_annulment("F001"),
    ],
)
def test_what_may_be_odd_or_names_what_was_not_looked_up_is_left_to_the_rules(
    item: Item, usual: Usual, states: dict[str, State]
) -> None:
    assert not is_nothing_odd(a_command(entry("", PLAIN), item), states, usual)


def test_a_state_that_was_looked_up_is_not_asked_for_again(
    states: dict[str, State], usual: Usual
) -> None:
    class Forgetful(MemoryPrefix):
        def versions(self, entry_id: str) -> Sequence[Version]:
            raise AssertionError(f"{entry_id} is known")

    nothing = MemoryHistory().at(0)
    forgetful = Forgetful(**{name: getattr(nothing, name) for name in nothing.__match_args__})
    command = a_command(entry("", PLAIN))
    found = remarks(command, forgetful, NOW, usual, reads_sealed=True, states=states)
    assert found == ()
