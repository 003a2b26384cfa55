"""A service whose log was restored from an older copy does not strand its clients: their token
is ahead of the log. They are told once, with the head, and go on.
"""

import shutil
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import (
    CutOutOfRange,
    Cuts,
    InvalidToken,
    LedgerClient,
    TokenDropped,
    json_form,
)
from diplomatic_ledger.exporting import Wanted

from tests.support.own_address import own_address


def a_party(entry_id: str) -> Any:
    return json_form.read_item({"id": entry_id, "party": {"name": "x", "kind": "state"}})


async def test_a_token_that_is_ahead_of_a_restored_log_is_dropped_and_told_of(
    start: Any, tmp_path: Path
) -> None:
    address = own_address()
    process = start(LEDGER_LISTEN=address)
    process.address()
    told: list[Any] = []
    async with LedgerClient(address, on_notice=told.append) as client:
        await client.create_ledger("talks", "Talks")
        await client.record("talks", [a_party("us")])
        assert process.stop() == 0
        shutil.copytree(tmp_path / "data", tmp_path / "copy")
        process = start(LEDGER_LISTEN=address)
        process.address()
        await client.record("talks", [a_party("dprk"), a_party("ru")])
        assert process.stop() == 0

        shutil.rmtree(tmp_path / "data")
        (tmp_path / "copy").rename(tmp_path / "data")
        start(LEDGER_LISTEN=address).address()
        with pytest.raises(CutOutOfRange) as refused:
            await client.balances("talks").all()
        assert refused.value.head == 2
        dropped = [each for each in told if isinstance(each, TokenDropped)]
        assert [(each.ledger, each.position, each.head) for each in dropped] == [
            ("talks", 4, 2)
        ]

        assert await client.balances("talks").all() == []
        assert (await client.ledger("talks")).position == 2
        assert len([each for each in told if isinstance(each, TokenDropped)]) == 1


async def test_so_is_the_token_of_another_ledger_of_the_name(
    start: Any, tmp_path: Path
) -> None:
    address = own_address()
    process = start(LEDGER_LISTEN=address)
    process.address()
    told: list[Any] = []
    async with LedgerClient(address, on_notice=told.append) as client:
        await client.create_ledger("talks", "Talks")
        await client.record("talks", [a_party("us")])
        assert process.stop() == 0
        shutil.rmtree(tmp_path / "data")
        shutil.rmtree(tmp_path / "keys")
        start(LEDGER_LISTEN=address).address()
        async with LedgerClient(address) as other:
            await other.create_ledger("talks", "Talks")
        with pytest.raises(InvalidToken):
            await client.balances("talks").all()
        assert await client.balances("talks").all() == []
    assert [type(each) for each in told if isinstance(each, TokenDropped)] == [TokenDropped]


async def test_a_token_of_the_callers_own_is_the_callers_business(start: Any) -> None:
    address = start().address()
    async with LedgerClient(address) as client:
        await client.create_ledger("talks", "Talks")
        await client.record("talks", [a_party("us")])
        seen = dict(client._seen)
        with pytest.raises(InvalidToken):
            await client.balances("talks", Cuts(at_least="nonsense")).all()
        assert client._seen == seen


async def test_so_is_one_of_a_cut_beside_what_was_seen(start: Any) -> None:
    told: list[Any] = []
    async with LedgerClient(start().address(), on_notice=told.append) as client:
        await client.create_ledger("talks", "Talks")
        await client.record("talks", [a_party("us")])
        seen, wrong = dict(client._seen), Cuts(recorded_by="not-a-token")
        for asked in (
            lambda: client.balances("talks", wrong).all(),
            lambda: client.diff("talks", wrong),
            lambda: client.diff("talks", Cuts(), wrong),
            lambda: anext(client.export("talks", Wanted(recorded_by="not-a-token"))),
        ):
            with pytest.raises(InvalidToken, match=r"^token: The consistency token is damaged"):
                await asked()
        assert client._seen == seen
    assert told == []
