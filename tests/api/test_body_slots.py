"""How many bodies are on their way in at once."""

from __future__ import annotations

import asyncio

import pytest

from ledger_service.api.body_slots import BodySlots
from ledger_service.domain.values.refusals import BodyTooSlow


class Sender:
    """A body that comes when it is told to."""

    def __init__(self) -> None:
        self.asked = False
        self._come = asyncio.Event()

    async def read(self) -> bytes:
        self.asked = True
        await self._come.wait()
        return b"body"

    def send(self) -> None:
        self._come.set()


async def reading(
    slots: BodySlots, count: int, caller: str = ""
) -> list[tuple[Sender, asyncio.Task[bytes]]]:
    """So many bodies of one caller; without one, each of another."""
    senders = [Sender() for _ in range(count)]
    found = [
        (each, asyncio.create_task(slots.read(each.read, caller or f"{id(each)}")))
        for each in senders
    ]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return found


async def test_as_many_bodies_as_there_are_slots_are_asked_for() -> None:
    slots = BodySlots(2)
    some = await reading(slots, 5)
    assert [sender.asked for sender, _ in some] == [True, True, False, False, False]
    for sender, _ in some:
        sender.send()
    assert await asyncio.gather(*(task for _, task in some)) == [b"body"] * 5
    assert await slots.read(some[0][0].read) == b"body"


async def test_who_came_last_is_asked_first() -> None:
    slots = BodySlots(1)
    (first, reads), (early, _), (late, _) = await reading(slots, 3)
    first.send()
    await reads
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert (early.asked, late.asked) == (False, True)


async def test_who_sends_nothing_gives_way_only_when_others_wait() -> None:
    slots = BodySlots(1, patience=0.05)
    ((silent, stalled),) = await reading(slots, 1)
    await asyncio.sleep(0.15)
    assert not stalled.done()
    ((other, reads),) = await reading(slots, 1)
    other.send()
    assert await reads == b"body"
    with pytest.raises(BodyTooSlow):
        await stalled
    assert silent.asked


async def test_who_is_to_give_way_and_goes_away_at_that_moment_counts_as_gone() -> None:
    slots = BodySlots(1, patience=0.0)
    ((_, stalled),) = await reading(slots, 1)
    sender = Sender()
    reads = asyncio.create_task(slots.read(sender.read, "another"))
    asyncio.get_running_loop().call_soon(stalled.cancel)
    sender.send()
    assert await reads == b"body"
    with pytest.raises(asyncio.CancelledError):
        await stalled


async def test_who_goes_away_leaves_his_slot_and_his_turn_to_others() -> None:
    slots = BodySlots(1)
    (_, holding), (_, waiting) = await reading(slots, 2)
    waiting.cancel()
    holding.cancel()
    await asyncio.gather(holding, waiting, return_exceptions=True)
    ((sender, reads),) = await reading(slots, 1)
    sender.send()
    assert await reads == b"body"


async def test_one_caller_has_half_of_the_slots_at_most() -> None:
    slots = BodySlots(4)
    greedy = await reading(slots, 10, "greedy")
    assert [sender.asked for sender, _ in greedy] == [True, True] + [False] * 8
    ((other, _),) = await reading(slots, 1, "another")
    assert other.asked
    greedy[0][0].send()
    await greedy[0][1]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [sender.asked for sender, _ in greedy].count(True) == 3


async def test_whose_own_calls_wait_gives_way_to_them_and_nobody_else_has_to() -> None:
    slots = BodySlots(4, patience=0.05)
    ((slow, reads),) = await reading(slots, 1, "another")
    silent = await reading(slots, 2, "greedy")
    ((sender, last),) = await reading(slots, 1, "greedy")
    sender.send()
    assert await last == b"body"
    with pytest.raises(BodyTooSlow):
        await silent[0][1]
    slow.send()
    assert await reads == b"body"
