"""One client of two services that share a ledger in PostgreSQL: they take turns, and when one of
them dies nobody notices but the log.
"""

import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import LedgerClient, StoredRecord, json_form


@pytest.fixture
def services(start: Any, tmp_path: Path, postgres: str) -> tuple[Any, Any]:
    return tuple(
        start(LEDGER_STORE=postgres, LEDGER_DATA_DIR=str(tmp_path / name))
        for name in ("one", "two")
    )


def a_party(entry_id: str) -> Any:
    return json_form.read_item({"id": entry_id, "party": {"name": entry_id, "kind": "state"}})


async def test_one_of_two_services_dies_and_every_call_is_answered(services: Any) -> None:
    first, second = services
    async with LedgerClient([first.address(), second.address()]) as client:
        await client.create_ledger("talks", "Talks")
        names = [f"p{number}" for number in range(60)]
        followed: list[str] = []

        async def follow() -> None:
            async with aclosing(client.subscribe("talks", after_position=1)) as events:
                async for event in events:
                    if isinstance(event, StoredRecord):
                        followed.extend([event.decoded()["subject"]])
                        if len(followed) == len(names):
                            return

        following = asyncio.create_task(follow())
        for number, name in enumerate(names):
            if number == 20:
                first.process.kill()
                first.process.wait()
            await client.record("talks", [a_party(name)])
            view = await client.party("talks", name)
            assert view.party.name == name, "an answer is never older than what was recorded"
        async with asyncio.timeout(30):
            await following
        assert followed == names


async def test_many_are_recorded_once_though_one_of_two_services_dies(services: Any) -> None:
    first, second = services
    items = [a_party(f"p{number}") for number in range(6000)]
    async with LedgerClient([first.address(), second.address()]) as client:
        await client.create_ledger("talks", "Talks")
        done = 0
        async for answer in client.record_all("talks", items):
            if not done:
                first.process.kill()
                first.process.wait()
            done += len(answer.recorded)
        assert done == len(items)
        assert (await client.ledger("talks")).position == 1 + len(items)


async def test_calls_go_to_each_of_two_services(services: Any) -> None:
    async with LedgerClient([each.address() for each in services]) as client:
        await client.create_ledger("talks", "Talks")
        for number in range(20):
            named = client.with_options(metadata={"x-request-id": f"call-{number}"})
            await named.ledger("talks")
            with pytest.raises(Exception, match="nobody"):
                await named.entry("talks", "nobody")
    logs = [each._log.read_text() for each in services]
    assert all(any(f"call-{number}" in log for number in range(20)) for log in logs)
