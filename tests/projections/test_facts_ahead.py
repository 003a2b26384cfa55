"""What somebody asked for once is found out for all other cuts before it is asked for again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from ledger_service.application.facts_ahead import FactsAhead
from ledger_service.application.ledger import Ledger
from ledger_service.domain.lifecycle import brief
from ledger_service.domain.lifecycle.brief import Wanted, are_kept, chosen
from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.answers import Lifecycle
from ledger_service.domain.values.cuts import Policy
from ledger_service.domain.values.entries import RelationKind
from ledger_service.domain.values.flags import StandingFlag
from ledger_service.projections.views import Views
from tests.support.examples import (
    a_command,
    a_commitment,
    a_ledgerful,
    a_relation,
    an_act,
    entry,
    on,
)

_PATIENCE_SECONDS = 10
OVERDUE = Wanted(flags=[StandingFlag.OVERDUE])
FULFILLED = Wanted(lifecycles=[Lifecycle.FULFILLED])


@pytest.fixture
async def views(ledger: Ledger, folder: Path) -> AsyncIterator[Views]:
    views = Views(ledger, folder)
    views.start()
    ahead = FactsAhead(views, asyncio.to_thread)
    working = asyncio.create_task(ahead.keep_on())
    yield views
    working.cancel()
    await asyncio.wait([working])
    await views.stop()


async def promised(ledger: Ledger, views: Views, *names: str) -> int:
    """Commitments that are due on the last of August; the position behind them."""
    terms = a_commitment(occurred=on("2018-06-12"), due=on("2018-08-31"))
    recorded = await ledger.record(a_command(*(entry(name, terms) for name in names)))
    await views.reach(recorded.position)
    return recorded.position


async def nothing_is_new(views: Views, policy: Policy = Policy.CERTAIN) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while views.history(views.position).kept_facts(policy).new_ones(1):  # noqa: ASYNC110  # only to look
            await asyncio.sleep(0.005)


def listed(picture: Picture, wanted: Wanted) -> list[str]:
    assert are_kept(picture)
    return list(chosen(picture, wanted))


@contextmanager
def nothing_computed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def refuse(*_: object) -> None:
        raise AssertionError("This was computed.")

    with monkeypatch.context() as patched:
        patched.setattr(brief, "standing", refuse)
        yield


async def test_who_asks_at_other_cuts_waits_for_nothing_to_be_computed(
    ledger: Ledger, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    before = await promised(ledger, views, "p1", "p2")
    after = await promised(ledger, views, "p3")
    picture = Picture(views.history(after), date(2018, 10, 1))
    assert listed(picture, OVERDUE) == ["p1", "p2", "p3"]
    await nothing_is_new(views)
    with nothing_computed(monkeypatch):
        for position, day, overdue in (
            (after, date(2018, 12, 1), ["p1", "p2", "p3"]),
            (before, date(2018, 12, 1), ["p1", "p2"]),
            (after, date(2018, 8, 31), []),
            (after, date(2018, 1, 1), []),
        ):
            assert listed(Picture(views.history(position), day), OVERDUE) == overdue
        unread = Picture(views.history(after), date(2018, 12, 1), date(2018, 1, 1))
        assert listed(unread, OVERDUE) == []


async def test_what_is_recorded_later_is_found_out_again(
    ledger: Ledger, views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    before = await promised(ledger, views, "p1", "p2")
    winter = date(2018, 12, 1)
    assert listed(Picture(views.history(before), winter), OVERDUE) == ["p1", "p2"]
    await nothing_is_new(views)
    kept = a_relation(kind=RelationKind.FULFILS, target="p1", extent="1")
    done = entry("deed", an_act(occurred=on("2018-08-01"), relations=(kept,)))
    after = (await ledger.record(a_command(done))).position
    await views.reach(after)
    now = Picture(views.history(after), winter)
    assert listed(now, OVERDUE) == ["p2"]
    await nothing_is_new(views)
    with nothing_computed(monkeypatch):
        autumn = date(2018, 10, 1)
        assert "p1" in listed(Picture(views.history(after), autumn), FULFILLED)
        assert listed(Picture(views.history(before), winter), OVERDUE) == ["p1", "p2"]


async def test_each_policy_has_facts_of_its_own(ledger: Ledger, views: Views) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    due = a_commitment(occurred=on("2018-06-12"), due=on("2018-07-01", "2018-08-31"))
    recorded = await ledger.record(a_command(entry("p1", due)))
    await views.reach(recorded.position)
    for policy, overdue in ((Policy.CERTAIN, []), (Policy.POSSIBLE, ["p1"])):
        picture = Picture(views.history(recorded.position), date(2018, 8, 1), None, policy)
        assert listed(picture, OVERDUE) == overdue
        await nothing_is_new(views, policy)


async def test_views_that_are_built_anew_have_forgotten_everything(
    ledger: Ledger, views: Views
) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    position = await promised(ledger, views, "p1")
    winter = date(2018, 12, 1)
    assert listed(Picture(views.history(position), winter), OVERDUE) == ["p1"]
    await views.rebuild()
    await views.reach(position)
    table = views.history(position).kept_facts(Policy.CERTAIN)
    picture = Picture(views.history(position), winter)
    assert "p1" in table.lacking(picture.cuts, 10)
    assert listed(picture, OVERDUE) == ["p1"]
