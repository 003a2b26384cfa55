"""An amendment may state only the evidence that it adds: the log holds no more than that, and
whoever asks for the version gets all of it.
"""

import json

import pytest

from ledger_service.domain.values.entries import Change, Evidence, Sealed
from ledger_service.domain.values.refusals import Invalid, RequestIdReused, VersionConflict
from ledger_service.domain.values.sealing import text_at
from tests.support.examples import (
    a_commitment,
    a_ledgerful,
    a_report,
    an_act,
    an_addition,
    an_amendment,
    an_annulment,
    an_instrument,
    entry,
)
from tests.support.ledgers_on_disk import EVERY_STORE, Clock, all_ledgers
from tests.support.sealed_acts import SOURCE, WHY, fields, files_with, record, sealed_act

pytestmark = EVERY_STORE

SECRET = "“We were told at the hangar.”"
QUOTE = "evidence[2].quote"


@pytest.fixture
async def act(ledger):
    """A ledger with an act, and with reports that may tell of it too."""
    await record(ledger, *a_ledgerful()[:4])
    await record(ledger, *(entry(f"A{n}", a_report()) for n in range(2, 6)))
    await record(ledger, sealed_act())
    return ledger


def told(ledger, version=-1) -> list[str]:
    return [each.report for each in ledger.reader.versions("F001")[version].state.evidence]


def last_record(ledger) -> dict:
    ((_, line),) = ledger.reader.records(ledger.head.position, ledger.head.position)
    return json.loads(line)


async def test_the_record_holds_what_is_added_and_the_version_all_of_it(act) -> None:
    more = Evidence("A2", quote="“Yes.”"), Evidence("A3", hedged=True)
    await record(act, an_addition("F001", *more, report="A2"))
    assert last_record(act)["data"] == {
        "supersedes": "1",
        "reason": "a slip of the pen",
        "change": "new_information",
        "report": "A2",
        "payloadtype": "act.recorded.v1",
        "evidence_added": [
            {"report": "A2", "quote": "“Yes.”"},
            {"report": "A3", "hedged": True},
        ],
    }
    before, after = act.reader.versions("F001")
    assert after.state.evidence == before.state.evidence + more
    assert (after.state.title, after.evidence_added) == (before.state.title, 2)
    assert (after.change, after.report) == (Change.NEW_INFORMATION, "A2")


async def test_one_request_may_add_to_what_it_records_and_adds(ledger) -> None:
    await record(ledger, *a_ledgerful()[:4], entry("A2", a_report()))
    new = an_act(evidence=(Evidence("A1"),)), a_commitment(), an_instrument()
    for name, state in zip(("F001", "C1", "I1"), new, strict=True):
        await record(
            ledger,
            entry(name, state),
            an_addition(name, Evidence("A2")),
            an_addition(name, Evidence("A1", locator="page 2")),
        )
        last = ledger.reader.versions(name)[-1]
        assert last.state.evidence[1:] == (Evidence("A2"), Evidence("A1", locator="page 2"))
        assert last_record(ledger)["data"]["payloadtype"].startswith(
            {"F001": "act", "C1": "commitment", "I1": "instrument"}[name]
        )


async def test_a_request_that_is_repeated_is_known_again(act) -> None:
    added = an_addition("F001", Evidence("A2"))
    first = await record(act, added, request_id="r-2")
    again = await record(act, added, request_id="r-2")
    assert (again.already_recorded, again.recorded) == (True, first.recorded)
    for other in (
        an_addition("F001", Evidence("A3")),
        an_addition("F001", Evidence("A2"), reason="another"),
        an_addition("F001", Evidence("A2"), report="A2"),
    ):
        with pytest.raises(RequestIdReused):
            await record(act, other, request_id="r-2")


async def test_it_adds_to_the_version_that_is_expected(act) -> None:
    await record(act, an_addition("F001", Evidence("A2"), expected_version=1))
    with pytest.raises(VersionConflict):
        await record(act, an_addition("F001", Evidence("A3"), expected_version=1))


@pytest.mark.rule("13.16")
async def test_nothing_is_added_to_an_entry_that_is_annulled(act) -> None:
    await record(act, an_annulment("F001"))
    with pytest.raises(Invalid, match="is annulled") as refusal:
        await record(act, an_addition("F001", Evidence("A2")))
    assert fields(refusal) == ["items[0].amendment.evidence_added"]
    with pytest.raises(Invalid, match="is annulled"):
        await record(
            act,
            an_amendment("F001", an_act()),
            an_annulment("F001"),
            an_addition("F001", Evidence("A2")),
        )
    await record(act, an_amendment("F001", an_act()), an_addition("F001", Evidence("A2")))
    assert told(act) == ["A1", "A2"]


async def test_a_service_that_begins_again_knows_all_of_it(
    act, ledgers, clock: Clock, store: str, tmp_path
) -> None:
    for report in ("A2", "A3", "A4"):
        await record(act, an_addition("F001", Evidence(report)))
    await ledgers.close()
    again = all_ledgers(tmp_path, clock, store=store)
    again.open()
    ledger = again.get("us-dprk")
    with pytest.raises(Invalid, match=r"at evidence\[2\] already"):
        await record(ledger, an_addition("F001", Evidence("A3")))
    await record(ledger, an_addition("F001", Evidence("A5")))
    assert told(ledger) == ["A1", "A2", "A3", "A4", "A5"]
    assert (await_head := ledger.reader.entry_head("F001")) is not None
    assert (await_head.version, len(await_head.state.evidence)) == (5, 5)
    await again.close()


async def test_a_quote_is_sealed_where_it_is_added_and_counts_with_all(act) -> None:
    await record(act, an_addition("F001", Evidence("A2")))
    sealing = an_addition(
        "F001", Evidence("A3", quote=SECRET), seal=("evidence_added[0].quote",)
    )
    await record(act, sealing)
    await record(act, an_addition("F001", Evidence("A4")))
    last = act.reader.versions("F001")[-1]
    seal = text_at(last.state, QUOTE)
    assert isinstance(seal, Sealed)
    assert act.reader.unsealed([seal.sealed]) == {seal.sealed: SECRET}
    place = [*act.reader.sealed_fields(act.head.position)][-1]
    assert (place.version, place.path) == (3, "evidence_added[0].quote")
    assert place.commitment == seal.sealed


async def test_what_was_sealed_where_it_was_added_is_erased_in_all_that_have_it(
    act, tmp_path
) -> None:
    await record(act, an_addition("F001", Evidence("A2")))
    sealing = an_addition(
        "F001", Evidence("A3", quote=SECRET), seal=("evidence_added[0].quote",)
    )
    await record(act, sealing, request_id="r-s")
    await record(act, an_addition("F001", Evidence("A4")))
    assert [each.value for each in act.reader.disclosures(act.head.position)][-1] == SECRET
    erased = await act.erase("F001", QUOTE, WHY)
    assert erased.versions == (3, 4)
    assert last_record(act)["data"]["field"] == QUOTE
    assert last_record(act)["data"]["versions"] == ["3", "4"]
    assert files_with(tmp_path, b"hangar") == []
    assert SECRET not in [each.value for each in act.reader.disclosures(act.head.position)]
    with pytest.raises(Invalid, match="was never sealed") as refusal:
        await act.erase("F001", "evidence_added[0].quote", WHY)
    assert f"Sealed in it: {SOURCE}, {QUOTE}." in str(refusal.value)


async def test_a_full_amendment_keeps_a_seal_of_evidence_that_was_added(act) -> None:
    sealing = an_addition(
        "F001", Evidence("A3", quote=SECRET), seal=("evidence_added[0].quote",)
    )
    await record(act, sealing)
    before = act.reader.versions("F001")[-1].state
    evidence = (Evidence("A1"), Evidence("A3"))
    kept = an_amendment("F001", an_act(evidence=evidence), keep_sealed=("evidence[1].quote",))
    await record(act, kept)
    after = act.reader.versions("F001")[-1].state
    assert after.evidence[1].quote == before.evidence[1].quote
    assert isinstance(after.evidence[1].quote, Sealed)
