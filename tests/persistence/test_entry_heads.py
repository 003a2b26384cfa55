"""The cache of entry heads says what the log holds, however little room it has."""

import asyncio
from pathlib import Path

from ledger_service.domain.values.entries import Evidence
from ledger_service.persistence.recording.entry_heads import EntryHead, EntryHeadCache
from tests.support.examples import (
    a_command,
    a_party,
    an_act,
    an_addition,
    an_amendment,
    an_annulment,
    entry,
)
from tests.support.ledgers_on_disk import Clock, all_ledgers

NAMES = [f"p{number}" for number in range(10)]


async def a_log_with_versions(folder: Path) -> None:
    """p0 to p9; p1 is at version 2, p2 is annulled at version 3."""
    ledgers = all_ledgers(folder, Clock())
    ledgers.open()
    ledger = await ledgers.create("a", "A")
    await ledger.record(a_command(*(entry(name, a_party(name=name)) for name in NAMES)))
    await ledger.record(a_command(an_amendment("p1", a_party(name="second"))))
    await ledger.record(a_command(an_amendment("p2", a_party(name="withdrawn"))))
    await ledger.record(a_command(an_annulment("p2")))
    for capacity in (1, 3, 100):
        check(EntryHeadCache(ledger.log, capacity))
    await ledgers.close()


def check(known: EntryHeadCache) -> None:
    expected = {name: EntryHead(1, a_party(name=name)) for name in NAMES}
    expected["p1"] = EntryHead(2, a_party(name="second"))
    expected["p2"] = EntryHead(3, a_party(name="withdrawn"), annulled=True)
    for _ in range(2):
        assert {name: known.get(name) for name in NAMES} == expected
        known.look_up([*NAMES, "nobody"])
        assert {name: known.get(name) for name in NAMES} == expected
        assert known.get("nobody") is known.get("no one") is None
    known.put("nobody", EntryHead(1, a_party()))
    assert known.get("nobody") == EntryHead(1, a_party())
    known.clear()
    assert known.get("nobody") is None


def test_it_answers_as_the_log_does(tmp_path: Path) -> None:
    asyncio.run(a_log_with_versions(tmp_path))


async def a_log_with_much_evidence(folder: Path) -> None:
    ledgers = all_ledgers(folder, Clock())
    ledgers.open()
    ledger = await ledgers.create("a", "A")
    await ledger.record(a_command())
    told = [Evidence("A1", locator=f"page {n}") for n in range(300)]
    names = [f"x{n}" for n in range(70)]
    await ledger.record(a_command(*(entry(name, an_act(relations=())) for name in names)))
    for name in names:
        await ledger.record(a_command(an_addition(name, *told[:150])))
        await ledger.record(a_command(an_addition(name, *told[150:])))
    known = EntryHeadCache(ledger.log)
    for _ in range(2):
        for name in names:
            head = known.get(name)
            assert head is not None
            assert (head.version, len(head.state.evidence)) == (3, 301)
    assert sum(name in known._entries for name in names) == 64
    await ledgers.close()


def test_of_entries_with_much_evidence_a_few_are_kept(tmp_path: Path) -> None:
    asyncio.run(a_log_with_much_evidence(tmp_path))
