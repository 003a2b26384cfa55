"""Several requests of a recording are under way, and what depends on one another is in order."""

import asyncio
from collections.abc import Iterable
from contextlib import aclosing
from random import Random

import pytest
from diplomatic_ledger import LedgerError, TooLarge, json_form
from diplomatic_ledger.batches import Batch
from diplomatic_ledger.in_flight import IN_FLIGHT, in_order
from diplomatic_ledger.mentions import look
from diplomatic_ledger.v1.ledger_service_pb2 import Recorded, RecordResponse
from hypothesis import given, settings
from hypothesis import strategies as st


def batch(name: str, *targets: str) -> Batch:
    relations = [{"kind": "refers_to", "target": target} for target in targets]
    act = {"kind": "claim", "relations": relations}
    return Batch((look(json_form.read_item({"id": name, "act": act})),))


class Service:
    """Answers after some turns of the loop, as often in another order as not."""

    def __init__(self, seed: int = 0, refused: str = "") -> None:
        self._chance = Random(seed)
        self._refused = refused
        self.events: list[tuple[str, str]] = []
        self.most = self._now = 0

    async def record(self, sent: Batch) -> RecordResponse:
        name = sent.items[0].entry.entry_id
        self.events.append(("sent", name))
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            for _ in range(self._chance.randrange(1, 60)):
                await asyncio.sleep(0)
        finally:
            self._now -= 1
        self.events.append(("answered", name))
        if name == self._refused:
            raise LedgerError(f"{name} is refused")
        return RecordResponse(recorded=[Recorded(entry_id=name)])


async def recorded(service: Service, batches: Iterable[Batch], got: list[str]) -> None:
    """Adds the names of what was recorded, in the order of the answers."""
    async for answer in in_order(batches, service.record):
        got.extend(each.entry_id for each in answer.recorded)


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 20), max_size=2), max_size=20), st.integers(0, 99))
async def test_a_request_is_sent_once_all_that_it_names_is_answered(targets, seed):
    batches = [batch(f"n{n}", *(f"n{t}" for t in named)) for n, named in enumerate(targets)]
    service = Service(seed)
    got: list[str] = []
    await recorded(service, batches, got)
    assert got == [f"n{n}" for n in range(len(targets))]
    for number, named in enumerate(targets):
        sent = service.events.index(("sent", f"n{number}"))
        for target in named:
            if target < number:
                assert service.events.index(("answered", f"n{target}")) < sent


async def test_what_does_not_depend_on_one_another_is_under_way_together():
    service = Service()
    await recorded(service, [batch(f"n{n}") for n in range(20)], [])
    assert service.most == IN_FLIGHT


async def test_a_request_has_left_before_the_next_one_is_made_ready():
    events: list[str] = []

    async def leave(name: str) -> None:
        await asyncio.sleep(0)  # as the transport does, in a task of its own
        events.append(f"{name} left")

    async def send(sent: Batch) -> RecordResponse:
        name = sent.items[0].entry.entry_id
        await asyncio.create_task(leave(name))
        await asyncio.sleep(0.01)
        return RecordResponse(recorded=[Recorded(entry_id=name)])

    def made() -> Iterable[Batch]:
        for name in ("a", "b", "c"):
            events.append(f"{name} made")
            yield batch(name)

    assert [answer async for answer in in_order(made(), send)]
    assert events == ["a made", "a left", "b made", "b left", "c made", "c left"]


async def test_what_is_refused_is_raised_after_the_answers_ahead_of_it():
    service = Service(refused="n5")
    got: list[str] = []
    with pytest.raises(LedgerError, match="n5") as refused:
        await recorded(service, (batch(f"n{n}") for n in range(20)), got)
    assert got == [f"n{n}" for n in range(5)]
    sent = [name for event, name in service.events if event == "sent"]
    assert refused.value.recorded_behind == len(sent) - len(got) - 1
    assert len(sent) <= 5 + IN_FLIGHT


async def test_what_cannot_be_made_a_request_is_raised_after_the_answers_ahead_of_it():
    def broken():
        yield from (batch("a"), batch("b"))
        raise TooLarge("it does not fit")

    got: list[str] = []
    with pytest.raises(TooLarge):
        await recorded(Service(), broken(), got)
    assert got == ["a", "b"]


async def test_who_leaves_early_leaves_nothing_under_way():
    service = Service()
    async with aclosing(
        in_order((batch(f"n{n}") for n in range(99)), service.record)
    ) as answers:
        await anext(answers)
    before = len(service.events)
    await asyncio.sleep(0.01)
    assert len(service.events) == before
