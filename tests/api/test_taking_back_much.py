"""What takes more than one request is taken back one after the other, and never half a thought."""

from contextlib import aclosing
from typing import Any

import pytest
from diplomatic_ledger import InvalidArgument, LedgerClient, json_form
from diplomatic_ledger.batches import Limits
from diplomatic_ledger.mentions import look
from diplomatic_ledger.v1.items_pb2 import RecordItem

from ledger_service.service import Service
from tests.support.wire import NAME, Api

REPORT = {"id": "r", "report": {"title": "R", "publisher": "P", "published": "2018-01-01"}}


class OfFew(LedgerClient):
    """A client that takes a request to have few items."""

    async def _limits(self) -> Limits:
        return Limits(items=4, usual_items=4)


def visit(number: int, after: str = "") -> dict[str, Any]:
    told = {
        "kind": "visit",
        "actor": "p",
        "title": "T",
        "occurred": "2018-01-01",
        "evidence": [{"report": "r"}],
        "relations": [{"kind": "refers_to", "target": after}] if after else [],
    }
    return {"id": f"v{number}", "act": told}


ITEMS = [
    {"id": "p", "party": {"name": "P", "kind": "state"}},
    REPORT,
    visit(0),
    *(visit(number, f"v{number - 1}") for number in range(1, 9)),
]


#: An entry that names a later one, by an amendment.
AMENDED = [
    visit(9),
    {"amend": "v0", "act": visit(0, "v9")["act"], "correction": True, "reason": "After v9"},
]


async def record_all(client: LedgerClient) -> None:
    """Records the items, and by a second request what comes later."""
    for number, items in enumerate((ITEMS, AMENDED)):
        read = [json_form.read_item(each) for each in items]
        await client.record(NAME, read, request_id=f"talks-{number}")


async def standing(client: LedgerClient) -> dict[str, frozenset[str]]:
    """What stands, with all that it names."""
    found: dict[str, frozenset[str]] = {}
    async for each in client.read_versions(NAME):
        found.pop(each.entry_id, None)
        if each.HasField("state"):
            item = RecordItem()
            item.entry.state.CopyFrom(each.state)
            found[each.entry_id] = look(item).texts
    return found


async def test_what_is_stopped_leaves_nothing_that_rests_on_what_is_annulled(
    api: Api, service: Service
) -> None:
    async with LedgerClient(service.address) as client, OfFew(service.address) as slow:
        await record_all(client)
        names = frozenset(await standing(client))
        turns = 0
        while await standing(client):
            undoing = await client.plan_undo(NAME, request_prefix="talks-")
            async with aclosing(slow.take_back(NAME, undoing, "a trial")) as told:
                async for each in told:
                    assert len(each.recorded) <= 4
                    break
            stands = await standing(client)
            for texts in stands.values():
                assert texts & names <= stands.keys()
            turns += 1
        assert turns == 3


async def test_what_took_several_requests_is_brought_back_as_one(
    api: Api, service: Service
) -> None:
    async with LedgerClient(service.address) as client, OfFew(service.address) as slow:
        await record_all(client)
        before = await standing(client)
        undoing = await client.plan_undo(NAME, request_prefix="talks-")
        ids = [each.request_id async for each in slow.take_back(NAME, undoing, "a trial")]
        assert await standing(client) == {}
        (prefix,) = {each[: each.rindex("-") + 1] for each in ids}
        assert len(ids) == 3
        undoing = await client.plan_undo(NAME, request_prefix=prefix)
        async for _ in slow.take_back(NAME, undoing, "no trial"):
            stands = await standing(client)
            for texts in stands.values():
                assert texts & before.keys() <= stands.keys()
        assert await standing(client) == before


@pytest.mark.parametrize(
    "given", [{}, {"request_id": ""}, {"request_id": "a", "request_prefix": "b"}]
)
async def test_what_is_taken_back_has_to_be_said(
    api: Api, service: Service, given: dict[str, str]
) -> None:
    async with LedgerClient(service.address) as client:
        await record_all(client)
        with pytest.raises(InvalidArgument, match="Give exactly one"):
            await client.plan_undo(NAME, **given)
