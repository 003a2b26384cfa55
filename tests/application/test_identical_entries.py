"""Who records something again and accepts identical entries is told what is there already;
only what is new is recorded.
"""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from ledger_service.application.recording import NOTHING_MISREAD, Runners, check
from ledger_service.domain.values.commands import Item, NewEntry, RecordCommand
from ledger_service.domain.values.refusals import EntryDiffers, EntryExists, RequestIdReused
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
from tests.support.sealed_acts import record, sealed_act
from tests.support.slow_tree import check_log

pytestmark = EVERY_STORE


def accepting(*items: Item, request_id: str = "") -> RecordCommand:
    return replace(a_command(*items, request_id=request_id), accept_identical=True)


def told(answer: Any) -> list[tuple[str, int, int, bool]]:
    return [
        (each.entry_id, each.version, each.position, each.already_recorded)
        for each in answer.recorded
    ]


async def test_what_is_there_and_says_the_same_is_answered_with(ledger) -> None:
    first = await ledger.record(a_command())
    again = await ledger.record(accepting(*a_ledgerful()))
    assert told(again) == [
        (each.entry_id, each.version, each.position, True) for each in first.recorded
    ]
    assert [each.microseconds for each in again.recorded] == [
        each.microseconds for each in first.recorded
    ]
    assert ledger.head.position == again.position == 8
    assert not again.already_recorded


async def test_what_is_new_is_recorded_beside_it(ledger) -> None:
    await ledger.record(a_command(entry("us", a_party()), entry("kr", a_party())))
    items = (entry("a", a_party()), entry("us", a_party()), entry("b", a_party()))
    answer = await ledger.record(accepting(*items, request_id="r-2"))
    assert told(answer) == [("a", 1, 4, False), ("us", 1, 2, True), ("b", 1, 5, False)]
    assert answer.position == ledger.head.position == 5
    check_log(ledger)


async def test_the_same_request_gets_its_first_answer_whatever_was_recorded_since(
    ledger,
) -> None:
    await ledger.record(a_command(entry("us", a_party())))
    items = (
        entry("", a_party(name="Made here")),
        entry("us", a_party()),
        an_amendment("us", a_party(name="Other")),
        entry("b", a_party()),
    )
    command = accepting(*items, request_id="r-2")
    first = await ledger.record(command)
    assert told(first)[1:] == [("us", 1, 2, True), ("us", 2, 4, False), ("b", 1, 5, False)]
    await ledger.record(a_command(an_amendment("us", a_party(name="Third"))))
    again = await ledger.record(command)
    assert again.already_recorded
    assert again.recorded == first.recorded
    assert again.position == first.position == 5


async def test_whether_identical_ones_are_accepted_is_part_of_the_content(ledger) -> None:
    items = (entry("us", a_party()),)
    await ledger.record(a_command(*items, request_id="r-1"))
    with pytest.raises(RequestIdReused):
        await ledger.record(accepting(*items, request_id="r-1"))
    assert (await ledger.record(a_command(*items, request_id="r-1"))).already_recorded


async def test_one_that_differs_is_refused_with_both_versions_and_what_differs(ledger) -> None:
    await ledger.record(a_command(entry("us", a_party(name="US"))))
    await ledger.record(a_command(an_amendment("us", a_party(name="USA"))))
    with pytest.raises(EntryDiffers) as refusal:
        await ledger.record(accepting(entry("new", a_party()), entry("us", a_party(name="US"))))
    assert (refusal.value.entry_id, refusal.value.version) == ("us", 2)
    assert refusal.value.fields == ("name",)
    assert "at version 2, which differs from version 1 of this request in: name." in str(
        refusal.value
    )
    assert ledger.head.position == 3
    answer = await ledger.record(accepting(entry("us", a_party(name="USA"))))
    assert told(answer) == [("us", 2, 3, True)]


async def test_one_of_another_type_differs_and_so_does_one_that_was_annulled(ledger) -> None:
    await ledger.record(a_command(entry("us", a_party()), entry("r", a_report())))
    with pytest.raises(EntryDiffers) as refusal:
        await ledger.record(accepting(entry("r", a_party())))
    assert refusal.value.fields == ("state",)
    await ledger.record(a_command(an_annulment("us")))
    with pytest.raises(EntryDiffers, match="annulled by its version 2"):
        await ledger.record(accepting(entry("us", a_party())))


async def test_evidence_that_was_added_makes_a_difference(ledger) -> None:
    await ledger.record(a_command())
    await ledger.record(a_command(an_addition("F001", an_evidence(quote="More"))))
    with pytest.raises(EntryDiffers) as refusal:
        await ledger.record(accepting(*a_ledgerful()))
    assert refusal.value.fields == ("evidence",)


async def test_of_a_sealed_text_only_the_place_counts_so_that_no_guess_is_confirmed(
    ledger,
) -> None:
    await record(ledger, *a_ledgerful()[:4])
    await record(ledger, sealed_act())
    act = sealed_act()
    (evidence,) = act.state.evidence
    guess = replace(evidence, attribution="somebody else")
    guessed = NewEntry(act.entry_id, replace(act.state, evidence=(guess,)), act.seal)
    texts = []
    for item in (act, guessed):
        answer = await ledger.record(accepting(item))
        texts.append(told(answer))
    assert texts[0] == texts[1] == [(act.entry_id, 1, 6, True)]
    with pytest.raises(EntryDiffers) as refusal:
        await ledger.record(accepting(NewEntry(act.entry_id, act.state)))
    assert refusal.value.fields == ("evidence",)


async def test_what_is_there_is_not_sealed_again(ledger) -> None:
    await record(ledger, *a_ledgerful()[:4])
    await record(ledger, sealed_act())
    kept = [each.commitment for each in ledger.reader.disclosures(6)]
    other = replace(sealed_act(), entry_id="F002")
    answer = await ledger.record(accepting(sealed_act(), other))
    assert told(answer) == [("F001", 1, 6, True), ("F002", 1, 7, False)]
    disclosed = [each.commitment for each in ledger.reader.disclosures(7)]
    assert disclosed[: len(kept)] == kept
    assert len(disclosed) == 2 * len(kept)
    check_log(ledger)


async def test_two_requests_of_one_group_with_the_same_entry(ledger) -> None:
    commands = [accepting(entry("us", a_party()), entry(name, a_party())) for name in "abc"]
    answers = await asyncio.gather(*map(ledger.record, commands))
    assert [told(each)[0] for each in answers] == [
        ("us", 1, 2, False),
        ("us", 1, 2, True),
        ("us", 1, 2, True),
    ]
    assert [each.position for each in answers] == [3, 4, 5]
    assert ledger.head.position == 5
    check_log(ledger)


async def test_in_one_group_too_another_entry_of_the_id_is_refused(ledger) -> None:
    commands = [accepting(entry("us", a_party(name=name))) for name in ("US", "USA", "US")]
    first, refused, same = await asyncio.gather(
        *map(ledger.record, commands), return_exceptions=True
    )
    assert told(first) == [("us", 1, 2, False)]
    assert isinstance(refused, EntryDiffers)
    assert told(same) == [("us", 1, 2, True)]


async def test_unless_it_is_accepted_a_taken_id_is_refused_as_ever(ledger) -> None:
    await ledger.record(a_command(entry("us", a_party())))
    with pytest.raises(EntryExists) as refusal:
        await ledger.record(a_command(entry("us", a_party())))
    assert not isinstance(refusal.value, EntryDiffers)


async def test_a_check_tells_what_differs_now_and_not_that_something_is_there(ledger) -> None:
    await ledger.record(a_command())

    async def checked(command: RecordCommand) -> None:
        lookup, today = ledger.reader.entry_head, ledger.head.recorded_at.date()
        await check(lambda: command, NOTHING_MISREAD, lookup, Runners(), today=today)

    await checked(accepting(*a_ledgerful()))
    await checked(a_command(*a_ledgerful()))
    with pytest.raises(EntryDiffers):
        await checked(accepting(entry("F001", an_act(title="Else"))))
