"""Callers that record one by one share requests, and nobody pays for another's fault."""

import asyncio
import time

import pytest
from diplomatic_ledger import EntryExists, InvalidRequest, LedgerError, Unavailable, json_form
from diplomatic_ledger.batching import LINGER_SECONDS, MAX_ITEMS, Batching
from diplomatic_ledger.v1.ledger_service_pb2 import Recorded, RecordResponse
from hypothesis import given, settings
from hypothesis import strategies as st


def an_item(entry_id: str):
    return json_form.read_item({"id": entry_id, "party": {"name": "x", "kind": "state"}})


class Service:
    """Records all items of a request or none; refuses ids that begin with `bad`."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.requests: list[list[str]] = []
        self.kept: list[str] = []
        self.down = False
        self.left_out = 0

    async def send(self, items):
        ids = [item.entry.entry_id for item in items]
        self.requests.append(ids)
        await asyncio.sleep(self.seconds)
        if self.down:
            raise Unavailable("not there")
        for number, each in enumerate(ids):
            if each.startswith("bad"):
                raise InvalidRequest(f"items[{number}] is bad: {each}")
            if each in self.kept or each in ids[:number]:
                raise EntryExists(f"{each} exists")
        self.kept += ids
        answered = ids[self.left_out :] if self.left_out >= 0 else [*ids, "more"]
        places = [*self.kept, "more"]
        return RecordResponse(
            recorded=[Recorded(entry_id=each, position=places.index(each)) for each in answered]
        )


async def record(gathering: Batching, *ids: str):
    calls = (gathering.record(an_item(each)) for each in ids)
    return await asyncio.gather(*calls, return_exceptions=True)


async def test_callers_of_the_same_moment_share_a_request():
    service = Service()
    answers = await record(Batching(service.send), "a", "b", "c")
    assert service.requests == [["a", "b", "c"]]
    assert [each.entry_id for each in answers] == ["a", "b", "c"]


async def test_a_lone_caller_does_not_linger():
    service = Service()
    gathering = Batching(service.send)
    took = []
    for number in range(20):
        began = time.perf_counter()
        await gathering.record(an_item(f"n{number}"))
        took.append(time.perf_counter() - began)
    assert len(service.requests) == 20
    assert min(took) < LINGER_SECONDS  # the others may have waited for the machine


async def test_while_a_request_is_on_its_way_others_gather_but_not_for_long():
    service = Service(seconds=0.2)
    gathering = Batching(service.send)
    first = asyncio.create_task(gathering.record(an_item("a")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    others = asyncio.gather(*(gathering.record(an_item(each)) for each in "bcd"))
    await asyncio.sleep(0.05)
    assert service.requests == [["a"], ["b", "c", "d"]]
    await first
    await others


async def test_what_gathered_is_sent_as_soon_as_the_way_is_free():
    service = Service()
    gathering = Batching(service.send)
    await asyncio.gather(*(gathering.record(an_item(f"n{n}")) for n in range(MAX_ITEMS + 7)))
    assert [len(each) for each in service.requests] == [MAX_ITEMS, 7]


async def test_one_bad_item_does_not_sink_the_others():
    service = Service()
    ids = [f"n{number}" for number in range(20)]
    answers = await record(Batching(service.send), *ids[:11], "bad", *ids[11:])
    assert isinstance(answers.pop(11), InvalidRequest)
    assert [each.entry_id for each in answers] == ids
    assert service.kept == ids


async def test_what_holds_for_all_is_told_to_all_and_not_sent_again():
    service = Service()
    service.down = True
    answers = await record(Batching(service.send), "a", "b", "c")
    assert [type(each) for each in answers] == [Unavailable] * 3
    assert len(service.requests) == 1


@pytest.mark.parametrize(("left_out", "told"), [(1, 2), (3, 0), (-1, 4)])
async def test_an_answer_for_another_number_of_items_is_told_to_all(left_out, told):
    service = Service()
    service.left_out = left_out
    async with asyncio.timeout(20):
        answers = await record(Batching(service.send), "a", "b", "c")
    assert [type(each) for each in answers] == [LedgerError] * 3
    assert all(f"answered for {told} items" in str(each) for each in answers)
    assert len(service.requests) == 1


async def test_who_gives_up_before_the_item_is_sent_takes_it_along():
    service = Service()
    gathering = Batching(service.send)
    call = asyncio.create_task(gathering.record(an_item("a")))
    call.add_done_callback(lambda _: None)
    other = asyncio.create_task(gathering.record(an_item("b")))
    await asyncio.sleep(0)
    call.cancel()
    assert (await other).entry_id == "b"
    with pytest.raises(asyncio.CancelledError):
        await call
    await gathering.close()
    assert "b" in service.kept


async def test_closing_sends_what_waits():
    service = Service(seconds=0.05)
    gathering = Batching(service.send)
    calls = [asyncio.create_task(gathering.record(an_item("a")))]
    await asyncio.sleep(0.01)
    calls.append(asyncio.create_task(gathering.record(an_item("b"))))
    await asyncio.sleep(0)
    await gathering.close()
    assert service.kept == ["a", "b"]
    await asyncio.gather(*calls)


@given(st.lists(st.sampled_from(["a", "b", "c", "d", "e", "bad1", "bad2"]), max_size=30))
@settings(max_examples=60, deadline=None)
def test_every_caller_is_told_what_it_would_be_told_alone(ids):
    """Each id is recorded for its first caller, exists for the others, or is bad."""
    service = Service()
    answers = asyncio.run(record(Batching(service.send), *ids))
    for number, (each, answer) in enumerate(zip(ids, answers, strict=True)):
        if each.startswith("bad"):
            assert isinstance(answer, InvalidRequest)
        elif each in ids[:number]:
            assert isinstance(answer, EntryExists)
        else:
            assert answer.entry_id == each
    assert service.kept == list(dict.fromkeys(each for each in ids if "bad" not in each))
