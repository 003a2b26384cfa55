"""A sealed text never reaches the log, and is kept beside it until it is erased."""

import json
from hashlib import sha256

import pytest
from msgspec.structs import replace

from ledger_service.domain.checks import normal_request
from ledger_service.domain.values.commands import Item, NewEntry
from ledger_service.domain.values.entries import Sealed
from ledger_service.domain.values.refusals import Invalid, RequestIdReused
from ledger_service.persistence.recording.requests import prepare
from ledger_service.persistence.records import decode
from tests.support.examples import (
    a_command,
    a_ledgerful,
    a_party,
    a_report,
    an_act,
    an_addition,
    an_amendment,
    an_annulment,
    an_evidence,
    entry,
)
from tests.support.ledgers_on_disk import EVERY_STORE
from tests.support.sealed_acts import (
    SECRET,
    SOURCE,
    fields,
    record,
    seal_of,
    sealed_act,
)

pytestmark = EVERY_STORE


@pytest.fixture
async def act(ledger):
    """The ledger with everything that an act mentions, and an act with a sealed source."""
    await record(ledger, *a_ledgerful()[:4])
    await record(ledger, sealed_act(), request_id="r-1")
    return ledger


async def test_the_log_holds_a_salted_hash_of_the_text(act) -> None:
    commitment = seal_of(act)
    (disclosure,) = act.reader.disclosures(act.head.position)
    said = json.dumps(SECRET, ensure_ascii=False).encode()
    assert commitment == "sha256:" + sha256(disclosure.salt + said).hexdigest()
    assert (disclosure.commitment, disclosure.value) == (commitment, SECRET)
    assert len(disclosure.salt) == 16
    ((_, record_bytes),) = act.reader.records(act.head.position, act.head.position)
    assert f'"attribution":{{"sealed":"{commitment}"}}'.encode() in record_bytes
    assert b"colonel" not in record_bytes


async def test_the_same_text_is_sealed_under_two_salts(act) -> None:
    await record(act, replace(sealed_act(), entry_id="F002"))
    assert seal_of(act, "F001") != seal_of(act, "F002")
    assert len({each.salt for each in act.reader.disclosures(act.head.position)}) == 2


async def test_whoever_has_the_commitment_finds_the_value(act) -> None:
    commitment = seal_of(act)
    assert act.reader.unsealed([commitment, "sha256:" + "0" * 64]) == {commitment: SECRET}
    assert act.reader.unsealed([]) == {}


async def test_a_text_in_another_normal_form_is_the_same_text(ledger) -> None:
    sealed = NewEntry("kr", a_party(note="Core\u0301e"), seal=("note",))
    await record(ledger, sealed)
    assert [each.value for each in ledger.reader.disclosures(2)] == ["Cor\u00e9e"]


async def test_limits_hold_for_the_text_before_it_is_sealed(ledger) -> None:
    with pytest.raises(Invalid) as refusal:
        await record(ledger, NewEntry("A1", a_report(url="x" * 2001), seal=("url",)))
    assert fields(refusal) == ["items[0].entry.state.report.url"]


async def test_only_texts_that_no_rule_reads_are_sealed(ledger) -> None:
    seal = ("kind", "note", "note", "represents[0].note", "evidence[0].attribution", "x" * 99)
    with pytest.raises(Invalid) as refusal:
        await record(ledger, NewEntry("us", a_party(note="n"), seal=seal))
    assert fields(refusal) == [
        "items[0].entry.seal[2]",
        "items[0].entry.seal[0]",
        "items[0].entry.seal[3]",
        "items[0].entry.seal[4]",
        "items[0].entry.seal[5]",
    ]
    told = refusal.value.violations[1].problem
    assert "Sealable are name, names[n].name, aliases[n], represents[n].note" in told
    assert "here: name, aliases[0], note." in told


async def test_nothing_cannot_be_sealed(ledger) -> None:
    with pytest.raises(Invalid) as refusal:
        await record(ledger, NewEntry("us", a_party(note=""), seal=("note",)))
    assert fields(refusal) == ["items[0].entry.seal[0]"]


async def test_an_amendment_carries_a_seal_over_without_its_text(act) -> None:
    changed = an_act(title="Corrected", evidence=(an_evidence(attribution=""),))
    await record(act, an_amendment("F001", changed, keep_sealed=(SOURCE,)))
    assert seal_of(act, version=1) == seal_of(act, version=0)
    assert act.reader.versions("F001")[1].state.title == "Corrected"
    assert len(list(act.reader.disclosures(act.head.position))) == 1


async def test_a_seal_is_carried_over_within_one_request_and_over_an_annulment(act) -> None:
    bare = an_act(evidence=(an_evidence(attribution=""),))
    keep = an_amendment("F002", bare, keep_sealed=(SOURCE,))
    await record(act, replace(sealed_act(), entry_id="F002"), keep)
    await record(act, an_annulment("F002"))
    await record(act, keep)
    assert seal_of(act, "F002", 0) == seal_of(act, "F002", 1) == seal_of(act, "F002", 3)


async def test_a_sealed_title_is_carried_over_too(act) -> None:
    await record(act, NewEntry("A9", a_report(title="Secret"), seal=("title",)))
    await record(act, an_amendment("A9", a_report(title=""), keep_sealed=("title",)))
    assert seal_of(act, "A9", path="title") == seal_of(act, "A9", 0, path="title")


async def test_only_what_was_sealed_before_stays_sealed(act) -> None:
    bare = an_act(title="", evidence=(an_evidence(attribution=""),))
    with pytest.raises(Invalid) as refusal:
        await record(act, an_amendment("F001", bare, keep_sealed=(SOURCE, "title")))
    assert fields(refusal) == ["items[0].amendment.keep_sealed[1]"]
    assert "version 1" in refusal.value.violations[0].problem


async def test_what_stays_sealed_is_not_said_again(act) -> None:
    for changes in ({"keep_sealed": (SOURCE,)}, {"keep_sealed": (SOURCE,), "seal": (SOURCE,)}):
        with pytest.raises(Invalid) as refusal:
            await record(act, an_amendment("F001", an_act(), **changes))
        assert fields(refusal) == ["items[0].amendment.keep_sealed[0]"]


async def test_a_text_can_be_sealed_anew_and_unsealed(act) -> None:
    other = an_act(evidence=(an_evidence(attribution="somebody else"),))
    await record(act, an_amendment("F001", other, seal=(SOURCE,)))
    await record(act, an_amendment("F001", other))
    assert seal_of(act, version=0) != seal_of(act, version=1)
    assert act.reader.versions("F001")[2].state == other


async def test_the_same_request_gets_its_first_answer_though_salts_differ(act) -> None:
    head = act.head.position
    again = await record(act, sealed_act(), request_id="r-1")
    assert again.already_recorded
    assert again.position == act.head.position == head
    assert len(list(act.reader.disclosures(head))) == 1


@pytest.mark.parametrize(
    "other",
    [
        replace(sealed_act(), seal=()),
        replace(sealed_act(), seal=(SOURCE, "title")),
        entry("F001", an_act()),
        entry("F001", replace(sealed_act().state, evidence=(an_evidence(attribution=""),))),
    ],
)
async def test_other_content_or_another_seal_is_another_request(act, other) -> None:
    with pytest.raises(RequestIdReused):
        await record(act, other, request_id="r-1")


async def test_a_request_sent_again_confirms_no_guess_of_what_it_sealed(act) -> None:
    """Any sealed text gets the same answer: the request is known by all the rest of it."""
    right, wrong = sealed_act(), sealed_act("a guess")
    answers = [await record(act, each, request_id="r-1") for each in (right, wrong)]
    assert answers[0] == answers[1]
    assert [each.value for each in act.reader.disclosures(act.head.position)] == [SECRET]


async def test_a_guess_is_not_even_hashed_with_the_request(act) -> None:
    """So that the time of an answer says nothing either."""
    guesses = [
        prepare(normal_request(a_command(sealed_act(each))), now=0) for each in ("a", "b" * 500)
    ]
    assert guesses[0].content_hash == guesses[1].content_hash


async def test_a_kept_seal_is_not_an_empty_text(act) -> None:
    bare = an_act(evidence=(an_evidence(attribution=""),))
    await record(act, an_amendment("F001", bare, keep_sealed=(SOURCE,)), request_id="r-2")
    with pytest.raises(RequestIdReused):
        await record(act, an_amendment("F001", bare), request_id="r-2")


async def test_the_request_id_of_a_record_of_the_ledger_itself_is_used(act) -> None:
    ((_, opened),) = act.reader.records(1, 1)
    with pytest.raises(RequestIdReused):
        await record(act, sealed_act(), request_id=decode(opened).requestid)


async def test_a_request_without_seals_is_not_one_with_seals(ledger) -> None:
    await record(ledger, entry("us", a_party(note="n")), request_id="r")
    sealed = NewEntry("us", a_party(note="n"), seal=("note",))
    with pytest.raises(RequestIdReused):
        await record(ledger, sealed, request_id="r")


async def test_the_sealed_fields_of_the_log_are_listed(act) -> None:
    bare = an_act(evidence=(an_evidence(attribution=""),))
    await record(act, an_amendment("F001", bare, keep_sealed=(SOURCE,)))
    await record(act, entry("A8", a_report(note='{"sealed":"sha256:' + "0" * 64)))
    commitment = seal_of(act)
    assert [tuple(each) for each in act.reader.sealed_fields(act.head.position)] == [
        (6, "F001", 1, SOURCE, commitment, "withheld"),
        (7, "F001", 2, SOURCE, commitment, "withheld"),
    ]
    assert len(list(act.reader.sealed_fields(6))) == 1
    assert list(act.reader.sealed_fields(5)) == list(act.reader.disclosures(5)) == []


async def test_what_is_remembered_of_entries_holds_seals_only(act) -> None:
    known = act._group_commit._admission.heads.get("F001")
    assert isinstance(known.state.evidence[0].attribution, Sealed)


# The reason of a change


def changes() -> dict[str, Item]:
    return {
        "correction": an_amendment("F001", an_act(), reason=SECRET, seal=("reason",)),
        "addition": an_addition(
            "F001", an_evidence(report="A1"), reason=SECRET, seal=("reason",)
        ),
        "annulment": an_annulment("F001", reason=SECRET, seal=("reason",)),
    }


@pytest.mark.parametrize("change", changes())
async def test_the_reason_of_a_change_is_sealed_and_erased_like_a_text(
    act, change: str
) -> None:
    item = changes()[change]
    recorded = await record(act, item, request_id="r-2")
    assert (await record(act, item, request_id="r-2")).recorded == recorded.recorded
    told_otherwise = replace(item, reason="another")
    assert (await record(act, told_otherwise, request_id="r-2")).already_recorded
    with pytest.raises(RequestIdReused):
        await record(act, replace(item, seal=()), request_id="r-2")
    ((_, line),) = act.reader.records(act.head.position, act.head.position)
    seal = act.reader.versions("F001")[-1].reason
    assert isinstance(seal, Sealed)
    assert json.loads(line)["data"]["reason"] == {"sealed": seal.sealed}
    assert act.reader.unsealed([seal.sealed]) == {seal.sealed: SECRET}
    places = [(each.version, each.path) for each in act.reader.sealed_fields(act.head.position)]
    assert (2, "reason") in places
    erased = await act.erase("F001", "reason", "asked for")
    assert erased.versions == (2,)
    assert act.reader.unsealed([seal.sealed]) == {}


async def test_a_new_entry_has_no_reason_to_seal(ledger) -> None:
    with pytest.raises(Invalid) as refusal:
        await record(ledger, NewEntry("us", a_party(), seal=("reason",)))
    assert fields(refusal) == ["items[0].entry.seal[0]"]


async def test_of_an_annulment_nothing_but_the_reason_can_be_sealed(act) -> None:
    with pytest.raises(Invalid) as refusal:
        await record(act, an_annulment("F001", seal=("title", "reason", "reason")))
    told = {each.field: each.problem for each in refusal.value.violations}
    assert set(told) == {"items[0].annulment.seal[0]", "items[0].annulment.seal[2]"}
    assert told["items[0].annulment.seal[0]"].endswith("Sealable is the reason.")
