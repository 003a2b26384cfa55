"""Whoever does not know whether something was recorded records it again, and is told."""

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
from diplomatic_ledger import (
    EntryExists,
    InvalidRequest,
    LedgerClient,
    NoAnswer,
    VersionConflict,
    json_form,
)

from tests.support.processes import Process


def a_party(entry_id: str, name: str = "") -> Any:
    return json_form.read_item(
        {"id": entry_id, "party": {"name": name or entry_id, "kind": "state"}}
    )


def an_amendment(entry_id: str, name: str, version: int) -> Any:
    return json_form.read_item(
        {
            "amend": entry_id,
            "expected_version": version,
            "correction": True,
            "reason": "Mistyped.",
            "party": {"name": name, "kind": "state"},
        }
    )


@pytest.fixture
def process(start: Any) -> Process:
    started: Process = start()
    started.address()
    return started


@pytest.fixture
async def client(process: Process) -> AsyncIterator[LedgerClient]:
    async with LedgerClient(process.address()) as client:
        await client.create_ledger("talks", "Talks")
        yield client


async def head(client: LedgerClient) -> int:
    return (await client.ledger("talks")).position


async def test_an_uncertain_recording_is_repeated_with_the_id_that_the_exception_carries(
    process: Process, client: LedgerClient
) -> None:
    items = [a_party("us"), a_party("dprk")]
    async with LedgerClient(process.address(), timeout=1) as hasty:
        await hasty.server_info()
        process.process.send_signal(signal.SIGSTOP)
        with pytest.raises(NoAnswer) as uncertain:
            await hasty.record("talks", items)
        process.process.send_signal(signal.SIGCONT)
    request_id = uncertain.value.request_id
    assert request_id
    await client.record("talks", items, request_id=request_id)
    again = await client.record("talks", items, request_id=request_id)
    assert again.already_recorded
    assert await head(client) == 3


async def test_a_refused_recording_carries_its_id_too(client: LedgerClient) -> None:
    await client.record("talks", [a_party("us")])
    with pytest.raises(EntryExists) as refused:
        await client.record("talks", [a_party("us")], request_id="mine")
    assert refused.value.request_id == "mine"


async def test_many_are_recorded_again_with_more_among_them(client: LedgerClient) -> None:
    items = [a_party(f"p{number}") for number in range(1200)]
    _ = [answer async for answer in client.record_all("talks", items)]
    assert await head(client) == 1201
    again = [answer async for answer in client.record_all("talks", items)]
    assert all(answer.already_recorded for answer in again)
    more = [a_party("first"), *items[:700], a_party("between"), *items[700:]]
    told = [
        (each.entry_id, each.already_recorded)
        async for answer in client.record_all("talks", more)
        for each in answer.recorded
    ]
    assert [entry_id for entry_id, there in told if not there] == ["first", "between"]
    assert len(told) == 1202
    assert await head(client) == 1203


async def test_one_after_the_other_may_be_recorded_again(client: LedgerClient) -> None:
    names = [f"p{number}" for number in range(50)]
    first = await asyncio.gather(*(client.record_one("talks", a_party(n)) for n in names))
    again = await asyncio.gather(*(client.record_one("talks", a_party(n)) for n in names))
    assert [each.position for each in again] == [each.position for each in first]
    assert {each.already_recorded for each in first} == {False}
    assert {each.already_recorded for each in again} == {True}
    assert await head(client) == 51


@pytest.mark.parametrize("apart", [1, 2, 999, 1000, 1500, 2500, 5000])
async def test_an_entry_that_stands_there_twice_is_recorded_once_however_far_apart(
    client: LedgerClient, apart: int
) -> None:
    twice = a_party("twice")
    items = [a_party("p0"), twice, *(a_party(f"p{number}") for number in range(1, apart))]
    tied = {
        "name": "t",
        "kind": "state",
        "represents": [{"principal": "twice", "mandate": ["all"]}],
    }
    items += [json_form.read_item({"id": "tied", "party": tied}), twice, a_party("last")]
    checked = [part async for part in client.check_all("talks", items)]
    assert sum(part.items for part in checked) == len(items)
    assert [part.violations for part in checked if part.violations] == []
    for run in range(2):
        told = [
            (each.entry_id, each.position, answer.already_recorded or each.already_recorded)
            async for answer in client.record_all("talks", items)
            for each in answer.recorded
        ]
        assert [entry_id for entry_id, _, _ in told] == [each.entry.entry_id for each in items]
        assert [each for each in told if each[2]] == (told if run else [told[-2]])
        assert told[-2][1] == told[1][1]
        assert await head(client) == len(items)


@pytest.mark.parametrize("apart", [1, 1500, 2500])
async def test_one_that_says_something_else_the_second_time_is_refused(
    client: LedgerClient, apart: int
) -> None:
    others = [a_party(f"p{number}") for number in range(apart)]
    items = [a_party("twice"), *others, a_party("twice", "Somebody else")]
    field = f"items[{apart + 1}].entry.entry_id"
    problem = "'twice' is the id of an earlier item already. Choose another."
    with pytest.raises(InvalidRequest) as refused:
        _ = [answer async for answer in client.record_all("talks", items)]
    assert str(refused.value) == f"{field}: {problem}"
    assert refused.value.violations == ((field, problem),)
    assert refused.value.request_id
    await client.create_ledger("others", "Others")
    items[-1] = items[0]
    with pytest.raises(InvalidRequest) as refused:
        _ = [each async for each in client.record_all("others", items, if_exists="fail")]
    assert refused.value.violations == ((field, problem),)


async def test_what_is_changed_in_between_is_not_taken_for_said_again(
    client: LedgerClient,
) -> None:
    twice = a_party("us", "US")
    with pytest.raises(InvalidRequest, match=r"items\[2\]"):
        await anext(
            client.record_all("talks", [twice, an_amendment("us", "United States", 1), twice])
        )


async def test_a_change_that_stands_there_twice_is_made_twice_however_far_apart(
    client: LedgerClient,
) -> None:
    await client.record("talks", [a_party("us", "US")])
    change = an_amendment("us", "United States", 1)
    change.amendment.ClearField("expected_version")
    block = [change, *(a_party(f"p{number}") for number in range(999))]
    items = [*block, *block]
    for _ in range(2):
        _ = [answer async for answer in client.record_all("talks", items)]
        assert (await client.entry("talks", "us")).versions[-1].version == 3


async def test_what_is_said_of_an_item_has_its_number_among_all(client: LedgerClient) -> None:
    items = [a_party(f"p{number}") for number in range(2600)]
    items[500] = items[499]
    items[1500] = json_form.read_item({"id": "odd", "party": {"name": "", "kind": "state"}})
    with pytest.raises(InvalidRequest) as refused:
        _ = [answer async for answer in client.record_all("talks", items)]
    (violation,) = refused.value.violations
    assert violation.field.startswith("items[1500].entry")
    assert "items[500]" not in refused.value.message
    items[1500] = a_party("namesake", "p1499")
    answers = [answer async for answer in client.record_all("talks", items)]
    paths = [each.path for answer in answers for each in answer.remarks]
    assert [path.partition(".")[0] for path in paths] == ["items[1500]"]


async def test_what_says_something_else_is_refused_with_what_differs(
    client: LedgerClient,
) -> None:
    await client.record_one("talks", a_party("us", "US"))
    with pytest.raises(EntryExists) as refused:
        await client.record_one("talks", a_party("us", "United States"))
    assert refused.value.version == 1
    assert refused.value.differing == ("name",)


async def test_an_amendment_that_names_its_version_is_not_recorded_twice(
    client: LedgerClient,
) -> None:
    await client.record_one("talks", a_party("us", "US"))
    await client.record_one("talks", an_amendment("us", "United States", 1))
    with pytest.raises(VersionConflict) as refused:
        await client.record_one("talks", an_amendment("us", "United States", 1))
    assert (refused.value.expected, refused.value.actual) == (1, 2)


async def test_an_entry_without_an_id_cannot_be_recorded_one_by_one(
    client: LedgerClient,
) -> None:
    with pytest.raises(ValueError, match="The entry has no id"):
        await client.record_one("talks", a_party(""))


async def test_many_are_recorded_from_a_generator_each_after_what_it_names(
    client: LedgerClient,
) -> None:
    def chain() -> Any:
        yield a_party("p0")
        for number in range(1, 3000):
            tie = {"principal": f"p{number // 2}", "mandate": ["all"]}
            party = {"name": f"p{number}", "kind": "state", "represents": [tie]}
            yield json_form.read_item({"id": f"p{number}", "party": party})

    answers = [answer async for answer in client.record_all("talks", chain())]
    assert [each.entry_id for answer in answers for each in answer.recorded] == [
        f"p{number}" for number in range(3000)
    ]
    assert await head(client) == 3001


async def recorded(client: LedgerClient, items: list[Any], done: list[str]) -> None:
    """Adds the ids of what is recorded."""
    async for answer in client.record_all("talks", items):
        done.extend(each.entry_id for each in answer.recorded)


async def test_what_is_behind_a_refused_request_is_told_and_found_again(
    client: LedgerClient,
) -> None:
    items = [a_party(f"p{number}") for number in range(5000)]
    await client.record("talks", [a_party("p1200", "Somebody else")])
    done: list[str] = []
    with pytest.raises(EntryExists) as refused:
        await recorded(client, items, done)
    assert len(done) == 1000
    assert await head(client) == 2 + len(done) + refused.value.recorded_behind
    del items[1200]
    again = [answer async for answer in client.record_all("talks", items)]
    assert sum(len(answer.recorded) for answer in again) == 4999
    assert await head(client) == 5001


async def test_a_recording_that_was_killed_at_any_moment_goes_on(
    process: Process, client: LedgerClient, start: Any
) -> None:
    items = [a_party(f"p{number}") for number in range(6000)]
    recording = client.record_all("talks", items)
    await anext(recording)
    process.process.kill()
    process.process.wait()
    await recording.aclose()
    async with LedgerClient(start().address()) as other:
        again = [answer async for answer in other.record_all("talks", items)]
        assert sum(len(answer.recorded) for answer in again) == 6000
        assert await head(other) == 6001
