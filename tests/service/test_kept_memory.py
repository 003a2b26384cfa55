"""Much freed memory is kept while large requests come, and little otherwise."""

import asyncio

from ledger_service.memory import KeptForLarge

MEGABYTE = 1024 * 1024
LARGE = 16 * MEGABYTE


async def test_much_is_kept_from_a_large_request_on_until_none_came_for_a_while() -> None:
    kept = list[int]()
    memory = KeptForLarge(kept.append, quiet_seconds=0.2)
    memory.came(MEGABYTE)
    assert not kept
    memory.came(LARGE)
    (much,) = kept
    assert much > 2 * LARGE
    await asyncio.sleep(0.15)
    memory.came(LARGE)
    await asyncio.sleep(0.1)
    assert kept == [much]
    await asyncio.sleep(0.3)
    assert len(kept) == 2
    assert kept[-1] < LARGE
    memory.came(LARGE)
    assert kept[2:] == [much]
