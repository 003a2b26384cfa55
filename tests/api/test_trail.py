"""The trail tells who read sealed texts, exported, erased or was refused, and never what."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import (
    Credentials,
    Cuts,
    LedgerClient,
    LedgerNotFound,
    NotIdentified,
    NotPermitted,
    Unavailable,
)
from diplomatic_ledger.exporting import Wanted

from ledger_service.access.trail import Trail
from ledger_service.service import Service
from tests.api.conftest import Clock
from tests.support.access import Access
from tests.support.examples import a_ledgerful, an_act, an_evidence, entry
from tests.support.wire import NAME, message

SECRET, QUOTE = "a colonel of the second bureau", "The canary sings."


@pytest.fixture
def access(tmp_path: Path, clock: Clock) -> Access:
    made = Access(tmp_path / "access", now=clock.time)
    made.grant("steward", "*", "steward", "recorder")
    made.grant("analyst", NAME, "cleared", "auditor")
    made.grant("reader", NAME, "reader")
    return made


@pytest.fixture
def changes(access: Access) -> dict[str, Any]:
    return access.settings()


@pytest.fixture
def trail(service: Service) -> Any:
    path = service._settings.data_dir / "trail.jsonl"

    def told(event: str = "") -> list[dict[str, Any]]:
        if not path.exists():
            return []
        text = path.read_text()
        assert SECRET not in text
        assert QUOTE not in text
        lines = [json.loads(line) for line in text.splitlines()]
        return [line for line in lines if not event or line["event"] == event]

    return told


@pytest.fixture
async def client(service: Service, access: Access) -> Any:
    """Clients by their users, over a ledger with a sealed text."""
    made: dict[str, LedgerClient] = {}
    for subject in ("steward", "analyst", "reader", "stranger"):
        credentials = Credentials(token=access.token(subject), plain_text=True)
        made[subject] = LedgerClient(service.address, credentials=credentials)
    steward = made["steward"]
    await steward.create_ledger(NAME, "Talks")
    told = message(
        entry("F9", an_act(evidence=(an_evidence(attribution=SECRET, quote=QUOTE),)))
    )
    told.entry.seal.append("evidence[0].attribution")
    await steward.record(NAME, [*map(message, a_ledgerful()[:5]), told])
    yield made
    for each in made.values():
        await each.close()


async def test_each_reading_of_a_sealed_text_is_told_with_who_and_on_what_it_rests(
    client: Any, trail: Any
) -> None:
    found = await client["analyst"].entry(NAME, "F9", Cuts(as_of="2018-08-01"))
    ((seal,),) = [each.sealed for each in found.versions]
    (line,) = trail("sealed_read")
    assert line.pop("peer").startswith("ipv4:127.0.0.1")
    assert line.pop("call")
    assert line == {
        "time": "2018-08-18T12:00:00.000+00:00",
        "event": "sealed_read",
        "user": {"issuer": "token", "subject": "analyst"},
        "method": "HistoryService/GetEntry",
        "ledger": NAME,
        "position": 7,
        "as_of": "2018-08-01",
        "reported_by": "",
        "seals": [seal.hash],
    }
    await client["analyst"].acts(NAME).all()
    async for _ in client["analyst"].read_versions(NAME):
        pass
    await client["steward"].entry(NAME, "F9")  # who sealed it
    await client["reader"].entry(NAME, "F9")  # is not shown it
    told = [(line["user"]["subject"], line["method"]) for line in trail("sealed_read")]
    assert told == [
        ("analyst", "HistoryService/GetEntry"),
        ("analyst", "StandingService/ListActs"),
        ("analyst", "HistoryService/ReadLog"),
        ("steward", "HistoryService/GetEntry"),
    ]


async def test_a_reading_is_told_with_its_cuts_also_where_these_are_resolved_at_once(
    client: Any, service: Service, access: Access, trail: Any
) -> None:
    await client["analyst"].entry(NAME, "F9")
    credentials = Credentials(token=access.token("analyst"), plain_text=True)
    async with LedgerClient(service.address, credentials=credentials) as one_who_knows_no_token:
        await one_who_knows_no_token.entry(NAME, "F9", Cuts(as_of="2018-08-02"))
    told = trail("sealed_read")[-1]
    assert (told.get("position"), told.get("as_of")) == (7, "2018-08-02")


async def test_a_backup_that_an_operator_asks_for_is_told(
    client: Any, trail: Any, service: Service, tmp_path: Path
) -> None:
    from ledger_service.operating.reach import follow

    fields = {"ledger": NAME, "folder": str(tmp_path / "sets")}
    async for response in follow(service._settings, "BackUpLedger", fields):
        assert not response.problem
    (line,) = trail("backed_up")
    assert (line["user"], line["folder"], line["sealed"]) == (None, fields["folder"], True)
    assert json.loads((tmp_path / "sets/users.json").read_text())["users"]


async def test_that_a_fork_got_the_sealed_texts_of_a_ledger_is_told(
    client: Any, trail: Any, service: Service
) -> None:
    from ledger_service.operating.reach import ask

    fields = {"ledger": NAME, "fork": "trial", "reason": "For trying."}
    await ask(service._settings, "ForkLedger", fields)
    (line,) = trail("forked")
    assert (line["user"], line["ledger"], line["fork"]) == (None, NAME, "trial")


async def test_exports_and_erasures_are_told(client: Any, trail: Any, service: Service) -> None:
    async for _ in client["analyst"].export(NAME, Wanted()):
        break
    (line,) = trail("exported")
    assert (line["user"]["subject"], line["position"], line["sealed"]) == (
        "analyst",
        7,
        "shown",
    )
    from ledger_service.operating.reach import ask

    settings = service._settings
    fields = {"ledger": NAME, "entry_id": "F9", "field": "evidence[0].attribution"}
    await ask(settings, "EraseField", {**fields, "reason": QUOTE})
    (line,) = trail("erased")
    assert line["user"] is None
    assert (line["entry"], line["field"]) == ("F9", "evidence[0].attribution")


async def test_refusals_are_told_with_why(client: Any, trail: Any, service: Service) -> None:
    with pytest.raises(LedgerNotFound):
        await client["stranger"].entry(NAME, "F9")
    with pytest.raises(NotPermitted):
        await client["reader"].receipt(NAME, position=1)
    async with LedgerClient(service.address) as nobody:
        with pytest.raises(NotIdentified):
            await nobody.user()
    with pytest.raises(LedgerNotFound):
        await client["reader"].ledger("none-of-that-name")
    told = [
        (line["user"] and line["user"]["subject"], line["method"], line["ledger"])
        for line in trail("refused")
    ]
    assert told == [
        ("stranger", "HistoryService/GetEntry", NAME),
        ("reader", "AuditService/GetReceipt", NAME),
        (None, "LedgerService/GetUser", ""),
        ("reader", "LedgerService/GetLedger", "none-of-that-name"),
    ]


async def test_strangers_do_not_fill_the_disk(
    client: Any, trail: Any, monkeypatch: pytest.MonkeyPatch, service: Service
) -> None:
    monkeypatch.setattr("ledger_service.access.trail._REFUSALS_PER_SECOND", 3)
    monkeypatch.setattr("ledger_service.access.trail.time.monotonic", lambda: 7.5)
    async with LedgerClient(service.address) as nobody:
        for _ in range(10):
            with pytest.raises(NotIdentified):
                await nobody.user()
        monkeypatch.setattr("ledger_service.access.trail.time.monotonic", lambda: 8.5)
        with pytest.raises(NotIdentified):
            await nobody.user()
    assert len(trail("refused")) == 4
    assert [line["count"] for line in trail("refusals_not_listed")] == [7]


async def test_what_cannot_be_told_is_not_shown_and_a_file_that_was_moved_is_begun_anew(
    client: Any, trail: Any, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger_service.access.trail._LOOK_SECONDS", 0.0)
    await client["analyst"].entry(NAME, "F9")
    path = service._settings.data_dir / "trail.jsonl"
    path.rename(path.with_suffix(".1"))
    path.mkdir()
    hasty = client["analyst"].with_options(timeout=2)
    with pytest.raises(Unavailable):
        await hasty.entry(NAME, "F9")
    (problem,) = (await client["analyst"].server_info()).problems
    assert problem.part == "trail"
    await client["reader"].entry(NAME, "F9")  # nothing sealed is shown
    path.rmdir()
    await client["analyst"].entry(NAME, "F9")
    assert len(trail("sealed_read")) == 1
    assert not (await client["analyst"].server_info()).problems
    assert path.stat().st_mode & 0o077 == 0


async def test_without_access_control_no_trail_is_kept(tmp_path: Path) -> None:
    from ledger_service.settings import Settings

    service = Service(
        Settings(data_dir=tmp_path / "d", keys_dir=tmp_path / "k", listen="127.0.0.1:0")
    )
    await service.start()
    try:
        async with LedgerClient(service.address) as client:
            with pytest.raises(LedgerNotFound):
                await client.ledger("none")
    finally:
        await service.stop()
    assert not (tmp_path / "d/trail.jsonl").exists()


def test_a_line_that_was_torn_by_a_full_disk_spoils_no_other(tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonl"
    path.write_bytes(b'{"event": "exported"}\n{"time": "2018-')
    for _ in range(2):
        trail = Trail(path, lambda: datetime(2018, 8, 18, tzinfo=UTC), str)
        trail.tell("erased", None)
        trail.close()
    whole, torn, *others = path.read_text().splitlines()
    assert [json.loads(each)["event"] for each in (whole, *others)] == [
        "exported",
        "erased",
        "erased",
    ]
    assert torn == '{"time": "2018-'
