"""What the samples in other languages show is so: each is run against a real service."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from diplomatic_ledger import LedgerClient, SyncLedgerClient
from diplomatic_ledger.json_form import read_item

from tests.support.access import Access
from tests.support.own_address import own_address
from tests.support.processes import Process
from tests.support.sample_programs import Sample
from tests.support.sample_runs import SampleRun
from tests.support.unreliable_way import Lost, unreliable_way

Run = Callable[..., SampleRun]
Start = Callable[..., Process]

#: More than a number of JavaScript holds exactly.
FAR = 2**53 + 1


def record(address: str, ledger: str, *names: str) -> None:
    with SyncLedgerClient(address) as client:
        client.create_ledger(ledger, "Talks")
        for name in names:
            party = {"id": name, "party": {"name": name, "kind": "state"}}
            client.record(ledger, [read_item(party)])


def shown(sample: Sample) -> str:
    """What the README of the sample shows of its walk."""
    text = (sample.folder / "README.md").read_text(encoding="utf-8")
    return re.search(r"^```text\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[1]  # type: ignore[index]


def test_the_walk_is_what_its_readme_shows(sample: Sample, run: Run, address: str, ledger: str):
    assert run("walk", address, ledger).result() == (0, shown(sample), "")


def test_over_tls_and_with_a_token_the_walk_is_the_same(
    sample: Sample, command: list[str], ledger: str, start_service: Start, tmp_path: Path
):
    access = Access(tmp_path / "access", now=datetime.now(UTC))
    given = {f"LEDGER_{k.upper()}": str(v) for k, v in access.settings(tls=True).items()}
    access.grant("walker", ledger, "steward", "recorder")
    token = tmp_path / "token"
    token.write_text(access.token("walker"))
    address = start_service(**given).address().replace("127.0.0.1", "localhost")
    shows = {
        "LEDGER_CA": str(tmp_path / "access/tls/ca.pem"),
        "LEDGER_TOKEN_FILE": str(token),
    }
    walk = SampleRun([*command, "walk", address, ledger], {**sample.environment, **shows})
    assert walk.result() == (0, shown(sample), "")
    token.write_text("dlt_wrong")
    walk = SampleRun([*command, "walk", address, ledger], {**sample.environment, **shows})
    code, said, problem = walk.result()
    assert code != 0
    assert "Who calls is not known" in said + problem


def test_a_walk_that_is_repeated_records_nothing_twice(run: Run, address: str, ledger: str):
    first = run("walk", address, ledger).result()
    assert run("walk", address, ledger).result() == first
    with SyncLedgerClient(address) as client:
        assert client.ledger(ledger).position == 7


def test_every_wrong_field_of_a_refused_request_is_named(run: Run, address: str, ledger: str):
    _, said, _ = run("walk", address, ledger).result()
    assert said.splitlines()[-3:] == [
        "refused: VALIDATION_FAILED",
        "items[0].entry.state.act.title: This is required.",
        (
            "items[0].entry.state.act.actor: There is no entry 'nobody' in this ledger or this "
            "request. Record it first, or correct the id."
        ),
    ]


@pytest.mark.parametrize("lost", ["the call", "the answer"])
async def test_what_is_lost_on_the_way_is_asked_again_and_recorded_once(
    lost: Lost, sample: Sample, run: Run, address: str, ledger: str
):
    async with unreliable_way(address, losses=2, lost=lost) as (way_address, way):
        walk = run("walk", way_address, ledger)
        assert await asyncio.to_thread(walk.result) == (0, shown(sample), "")
        assert way.calls["/diplomatic_ledger.v1.LedgerService/CreateLedger"] == 3
    async with LedgerClient(address) as client:
        assert (await client.ledger(ledger)).position == 7


def test_a_follower_goes_on_where_it_was_when_the_service_comes_back(
    run: Run, start_service: Start, ledger: str
):
    listen = own_address()
    service = start_service(LEDGER_LISTEN=listen)
    record(service.address(), ledger, "a", "b")
    follower = run("follow", listen, ledger)
    assert follower.lines(3) == [
        "2 party a version 1",
        "3 party b version 1",
        "caught up at 3",
    ]

    service.stop()
    assert "lost" in follower.complaint()
    record(start_service(LEDGER_LISTEN=listen).address(), ledger, "c")
    assert "4 party c version 1" in (came := follower.lines(2))
    assert "3 party b version 1" not in came


def test_a_follower_leaves_a_service_that_says_nothing_any_more(
    run: Run, start_service: Start, ledger: str
):
    service = start_service(LEDGER_HEARTBEAT_SECONDS="0.5")
    record(service.address(), ledger, "a")
    follower = run("follow", service.address(), ledger)
    assert follower.lines(2) == ["2 party a version 1", "caught up at 2"]

    service.process.send_signal(signal.SIGSTOP)
    assert "nothing was heard" in follower.complaint()
    service.process.send_signal(signal.SIGCONT)
    record(service.address(), ledger, "b")
    assert "3 party b version 1" in (came := follower.lines(2))
    assert "2 party a version 1" not in came


def test_a_follower_begins_behind_the_position_that_it_is_given(
    run: Run, address: str, ledger: str
):
    record(address, ledger, "a", "b")
    follower = run("follow", address, ledger, "2")
    assert follower.lines(2) == ["3 party b version 1", "caught up at 3"]


def test_a_position_is_never_rounded(run: Run, address: str, ledger: str):
    record(address, ledger, "a")
    code, said, complaints = run("follow", address, ledger, str(FAR)).result()
    assert (code, said) == (1, "")
    assert re.search(rf"at position {FAR}, and the log ends at 2\b", complaints)


def test_what_cannot_be_answered_ends_a_follower_with_the_reason(run: Run, address: str):
    code, said, complaints = run("follow", address, "nothing").result()
    assert (code, said) == (1, "")
    assert "There is no ledger 'nothing'." in complaints
