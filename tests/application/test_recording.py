"""What recording promises: all or none, once, in one order, for good."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from ledger_service.domain.values.commands import RecordCommand
from ledger_service.domain.values.entries import Change
from ledger_service.domain.values.refusals import (
    EntryExists,
    Invalid,
    RequestIdReused,
    UnknownReference,
    VersionConflict,
)
from ledger_service.persistence.records import decode
from tests.support.examples import (
    a_command,
    a_ledgerful,
    a_party,
    a_relation,
    a_report,
    an_act,
    an_amendment,
    an_annulment,
    entry,
)
from tests.support.ledgers_on_disk import EVERY_STORE

pytestmark = EVERY_STORE


def fields(refusal: pytest.ExceptionInfo) -> list[str]:
    return [violation.field for violation in refusal.value.violations]


async def test_position_1_opens_the_ledger_and_entries_follow_without_gaps(ledger) -> None:
    answer = await ledger.record(a_command())
    assert [recorded.position for recorded in answer.recorded] == [2, 3, 4, 5, 6, 7, 8]
    assert ledger.head.position == answer.position == 8
    types = [decode(record).type for _, record in ledger.reader.records(1, 8)]
    assert types == [
        "ledger.opened.v1",
        "party.registered.v1",
        "party.registered.v1",
        "party.registered.v1",
        "report.filed.v1",
        "commitment.recorded.v1",
        "act.recorded.v1",
        "scale.registered.v1",
    ]


async def test_records_are_read_as_lines_too(ledger) -> None:
    await ledger.record(a_command())
    records = [record for _, record in ledger.reader.records(3, 6)]
    assert len(records) == 4
    assert ledger.lines(3, 6) == b"\n".join(records)
    assert ledger.lines(9, 20) == b""


async def test_what_was_recorded_is_read_back(ledger) -> None:
    answer = await ledger.record(a_command())
    items = a_ledgerful()
    versions = ledger.told_at([recorded.position for recorded in answer.recorded])
    assert [version.state for version in versions] == [item.state for item in items]
    assert [version.entry_id for version in versions] == [item.entry_id for item in items]
    assert [version.recorded_at for version in versions] == [
        recorded.recorded_at for recorded in answer.recorded
    ]


@pytest.mark.rule("2.7")
async def test_versions_of_an_entry_count_from_1(ledger) -> None:
    await ledger.record(a_command(entry("us", a_party())))
    await ledger.record(a_command(an_amendment("us", a_party(name="USA"), expected_version=1)))
    await ledger.record(a_command(an_annulment("us", expected_version=2)))
    answer = await ledger.record(a_command(an_amendment("us", a_party(name="US again"))))
    assert answer.recorded[0].version == 4
    assert [
        (v.version, v.change, v.state and v.state.name) for v in ledger.reader.versions("us")
    ] == [
        (1, Change.RECORDED, "North Korea"),
        (2, Change.CORRECTION, "USA"),
        (3, Change.ANNULMENT, None),
        (4, Change.CORRECTION, "US again"),
    ]


async def test_an_entry_without_an_id_gets_a_uuid_of_version_7(ledger) -> None:
    answer = await ledger.record(a_command(entry("", a_party()), entry("", a_party())))
    first, second = (UUID(recorded.entry_id) for recorded in answer.recorded)
    assert first.version == second.version == UUID(answer.request_id).version == 7
    assert first != second


async def test_ids_of_records_differ_in_all_their_random_bits(ledger) -> None:
    await ledger.record(a_command())
    ids = [UUID(decode(record).id) for _, record in ledger.reader.records(1, 8)]
    assert len({record_id.int & (1 << 62) - 1 for record_id in ids}) == 8
    assert len({record_id.int >> 64 & 0xFFF for record_id in ids}) > 4


async def test_a_reference_to_a_later_entry_of_the_request_is_fine(ledger) -> None:
    items = tuple(reversed(a_ledgerful()))
    assert (await ledger.record(RecordCommand(items))).position == 8


async def test_unknown_references_are_refused_with_their_fields(ledger) -> None:
    act = an_act(actor="nobody", relations=(a_relation(target="F999"),))
    with pytest.raises(UnknownReference) as refusal:
        await ledger.record(a_command(*a_ledgerful(), entry("F002", act)))
    assert fields(refusal) == [
        "items[7].entry.state.act.actor",
        "items[7].entry.state.act.relations[0].target",
    ]
    assert ledger.head.position == 1


async def test_amending_or_annulling_what_is_not_there_is_an_unknown_reference(ledger) -> None:
    with pytest.raises(UnknownReference) as refusal:
        await ledger.record(a_command(an_amendment("us", a_party()), an_annulment("A1")))
    assert fields(refusal) == ["items[0].amendment.entry_id", "items[1].annulment.entry_id"]


async def test_an_entry_keeps_its_type(ledger) -> None:
    await ledger.record(a_command())
    with pytest.raises(Invalid) as refusal:
        await ledger.record(a_command(an_amendment("us", a_report())))
    assert fields(refusal) == ["items[0].amendment.state"]


async def test_an_annulled_entry_is_still_of_its_type(ledger, ledgers) -> None:
    await ledger.record(a_command(entry("us", a_party())))
    await ledger.record(a_command(an_annulment("us")))
    with pytest.raises(EntryExists) as refusal:
        await ledger.record(a_command(entry("us", a_party())))
    assert refusal.value.version == 2
    with pytest.raises(Invalid):
        await ledger.record(a_command(an_amendment("us", a_report())))


async def test_an_id_is_used_once(ledger) -> None:
    await ledger.record(a_command(entry("us", a_party())))
    with pytest.raises(EntryExists) as refusal:
        await ledger.record(a_command(entry("dprk", a_party()), entry("us", a_party())))
    assert (refusal.value.entry_id, refusal.value.version) == ("us", 1)
    assert ledger.reader.versions("dprk") == []


async def test_a_stale_expected_version_is_a_conflict(ledger) -> None:
    await ledger.record(a_command(entry("us", a_party())))
    await ledger.record(a_command(an_amendment("us", a_party(name="USA"))))
    with pytest.raises(VersionConflict) as refusal:
        await ledger.record(a_command(an_annulment("us", expected_version=1)))
    assert (refusal.value.expected, refusal.value.actual) == (1, 2)


async def test_the_same_request_gets_the_first_answer(ledger) -> None:
    command = a_command(entry("", a_party()), entry("A1", a_report()), request_id="r1")
    first = await ledger.record(command)
    again = await ledger.record(command)
    assert not first.already_recorded
    assert again.already_recorded
    assert (again.recorded, again.request_id) == (first.recorded, "r1")
    assert ledger.head.position == 3


async def test_other_content_under_a_used_request_id_is_refused(ledger) -> None:
    await ledger.record(a_command(entry("us", a_party()), request_id="r1"))
    with pytest.raises(RequestIdReused):
        await ledger.record(a_command(entry("us", a_party(name="USA")), request_id="r1"))


async def test_the_same_words_in_another_normal_form_are_the_same_request(ledger) -> None:
    composed, decomposed = a_party(name="Cor\u00e9e"), a_party(name="Core\u0301e")
    first = await ledger.record(a_command(entry("kr", composed), request_id="r1"))
    again = await ledger.record(a_command(entry("kr", decomposed), request_id="r1"))
    assert again.recorded == first.recorded


async def test_times_rise_by_a_microsecond_at_least_when_the_clock_jumps_back(
    ledger, clock
) -> None:
    times = []
    for jump in (0, 5, -3600, 0, 1, 7200, -1):
        clock.time += timedelta(seconds=jump)
        answer = await ledger.record(a_command(entry("", a_party()), entry("", a_party())))
        times += [recorded.recorded_at for recorded in answer.recorded]
    assert times == sorted(set(times))
    assert ledger.head.recorded_at == times[-1]
    before_jump, after_jump = times[3], times[4]
    assert after_jump - before_jump == timedelta(microseconds=1)


async def test_whoever_waits_is_woken_when_the_log_grows(ledger) -> None:
    waiting = asyncio.create_task(ledger.wait_beyond(1))
    await asyncio.sleep(0)
    assert not waiting.done()
    await ledger.record(a_command(entry("us", a_party())))
    await asyncio.wait_for(waiting, 10)
    await asyncio.wait_for(ledger.wait_beyond(1), 10)


async def test_threads_read_whole_requests_while_others_are_recorded(ledger) -> None:
    def read_on() -> int:
        reads = 0
        while ledger.head.position < 301:
            head = ledger.head
            records = ledger.reader.records(1, head.position)
            assert len(records) == head.position
            assert ledger.log.root(head.position) == head.root_hash
            assert ledger.positions.boundary(head.position) == head.position
            reads += 1
        return reads

    readers = [asyncio.create_task(asyncio.to_thread(read_on)) for _ in range(4)]
    for _ in range(100):
        await ledger.record(a_command(*(entry("", a_party()) for _ in range(3))))
    assert all(await asyncio.wait_for(asyncio.gather(*readers), 10))
