"""Views are held against their log, and built anew where somebody changed them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger_service.application.administration import Administration
from ledger_service.application.ledger import Ledger
from ledger_service.domain.values.refusals import LedgerDistrusted
from ledger_service.health import Health
from ledger_service.projections import checking
from ledger_service.projections.checking import ViewsCheck
from ledger_service.projections.projector import VERSION
from ledger_service.projections.views import Views
from tests.support.examples import (
    a_command,
    a_commitment,
    a_ledgerful,
    an_act,
    an_amendment,
    an_annulment,
)
from tests.support.following import record_parties, rows

FILE = f"views-{VERSION}.sqlite"


async def record_all(ledger: Ledger) -> None:
    await ledger.record(a_command(*a_ledgerful()))
    changed = an_act(counterparties=("us",), actor="dprk")
    await ledger.record(
        a_command(
            an_amendment("F001", changed),
            an_amendment("C1", a_commitment(debtors=("us",), creditors=("dprk",))),
            an_annulment("F001"),
            an_amendment("F001", changed),
        )
    )
    await record_parties(ledger, 1, 20)


@pytest.fixture
async def views(ledger: Ledger, folder: Path) -> AsyncIterator[Views]:
    await record_all(ledger)
    views = Views(ledger, folder)
    views.start()
    await views.reach(ledger.head.position)
    yield views
    await views.stop()


@pytest.fixture
def check(ledger: Ledger, views: Views) -> ViewsCheck:
    return ViewsCheck(ledger, views, Health().of(ledger.name))


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / FILE)) as file, file:
        file.execute(statement)


@pytest.mark.parametrize("records", [1, 2, 5, 1_000])
async def test_views_as_they_were_made_fit(
    check: ViewsCheck, records: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the log is cut into stretches, and whatever an entry was before."""
    monkeypatch.setattr(checking, "_CHECK_RECORDS", records)
    assert await check.check() == ""


TABLES = [
    "versions",
    "days",
    "acts",
    "act_kinds",
    "commitment_parties",
    "dealings",
    "deliveries",
    "mentions",
    "ties",
]


@pytest.mark.parametrize(
    "statement",
    [
        *(
            f"DELETE FROM {each} WHERE position = (SELECT min(position) FROM {each})"
            for each in TABLES
        ),
        *(f"UPDATE {each} SET position = position + 100" for each in TABLES[1:]),
        *(f"UPDATE OR REPLACE {each} SET position = 2" for each in TABLES[1:3]),
        "UPDATE versions SET entry = 'other' WHERE position = 5",
        "UPDATE versions SET type = 'act' WHERE position = 2",
        "UPDATE days SET first_day = first_day + 1",
        "INSERT INTO dealings VALUES ('us', 'pompeo', 3)",
        "INSERT INTO mentions VALUES ('us', 'F001', 7)",
        "DROP INDEX versions_by_entry",
        "CREATE TRIGGER planted AFTER INSERT ON versions BEGIN DELETE FROM days; END",
    ],
)
async def test_views_that_were_changed_are_found_and_built_anew(
    folder: Path, check: ViewsCheck, statement: str
) -> None:
    before = rows(folder / FILE)
    change(folder, statement)
    assert "The views do not fit the log: " in await check.check()
    assert rows(folder / FILE) == before
    assert await check.check() == ""


async def test_views_that_are_used_are_checked_again_and_again(
    folder: Path, check: ViewsCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "_SHORTEST_PERIOD", 0.01)
    check.start(0.05)
    async with asyncio.timeout(20):
        while check.passes < 2:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
        before = rows(folder / FILE)
        change(folder, "DELETE FROM versions WHERE entry = 'us'")
        assert rows(folder / FILE) != before
        passes = check.passes
        while check.passes < passes + 2:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)
    await check.stop()
    assert rows(folder / FILE) == before


async def test_a_log_that_was_changed_is_no_reason_to_build_views_anew(
    ledger: Ledger, folder: Path, check: ViewsCheck, tmp_path: Path
) -> None:
    log = next((tmp_path / "data").rglob("log.sqlite"))
    with closing(sqlite3.connect(log)) as file, file:
        file.execute("UPDATE stored_events SET state = x'7b7d' WHERE rowid = 6")
    before = rows(folder / FILE)
    with pytest.raises(LedgerDistrusted, match="position 6"):
        await check.check()
    assert rows(folder / FILE) == before
    assert "position 6" in ledger.audit.distrusted


async def test_the_operator_checks_the_views_where_no_service_runs(
    ledger: Ledger, tmp_path: Path
) -> None:
    class Only:
        """The one ledger of this test."""

        def get(self, _: str) -> Ledger:
            return ledger

        def folder(self, _: str) -> Path:
            return tmp_path / "views"

    administration = Administration(Only(), None)  # type: ignore[arg-type]
    (tmp_path / "views").mkdir()
    await record_all(ledger)
    assert await administration.check("talks") == ((ledger.head.position, []), "")
    assert not list((tmp_path / "views").iterdir())
    views = Views(ledger, tmp_path / "views")
    views.start()
    await views.reach(ledger.head.position)
    await views.stop()
    change(tmp_path / "views", "DELETE FROM versions WHERE entry = 'us'")
    _, wrong = await administration.check("talks")
    assert "versions" in wrong
    assert (await administration.check("talks"))[1] == ""
