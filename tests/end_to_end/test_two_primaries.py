"""Two primaries that both live: a replica was promoted while its primary went on. Each signs a
history that verifies by itself; who has seen one of them and meets the other signs nothing more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner

from ledger_service.__main__ import main
from ledger_service.application.ledgers import Ledgers
from ledger_service.application.successions import Successions
from ledger_service.audit.notes import VerificationKey
from ledger_service.domain.values.refusals import LedgerDistrusted
from ledger_service.persistence.storage.postgres.standbys import standby_risk
from tests.support.examples import a_command, a_party, entry
from tests.support.replicated import Replicated, ask, promote

NAME = "us-dprk"
SECONDS = 20


@pytest.fixture
def servers() -> Iterator[Replicated]:
    with TemporaryDirectory(prefix="pg") as folder:
        replicated = Replicated(Path(folder), waited_for=False)
        yield replicated
        replicated.stop()


def opened(folder: Path, keys: Path, url: str) -> Ledgers:
    ledgers = Ledgers(folder, keys, "ledger.example", lambda: datetime.now(UTC), 0, url)
    ledgers.open()
    return ledgers


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


async def test_who_meets_the_other_of_two_histories_signs_nothing_more(
    servers: Replicated, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    until(lambda: ask(servers.primary_url, "SELECT 1 FROM pg_stat_replication") != [])

    # The start says that a standby may lack what was acknowledged.
    ours = opened(tmp_path / "ours", keys, servers.primary_url)
    (problem,) = ours.health.problems()
    assert (problem.part, problem.usable) == ("standbys", True)
    assert "Set synchronous_standby_names" in problem.text
    await ours.create(NAME, "Talks")
    here = ours.get(NAME)
    await here.record(a_command(entry("both", a_party())))
    until(lambda: replayed(servers) == 2)

    # The replica is promoted, and the primary lives.
    promote(servers.replica_url)
    theirs = opened(tmp_path / "theirs", keys, servers.replica_url)
    there = theirs.get(NAME)
    assert there.not_recording == ""  # a promoted replica is at home
    await here.record(a_command(entry("ours", a_party())))
    await there.record(a_command(entry("theirs", a_party())))
    one, other = here.audit.newest, there.audit.newest
    assert one is not None
    assert other is not None
    assert one.checkpoint.size == other.checkpoint.size == 3
    assert one.checkpoint.root != other.checkpoint.root
    key = [VerificationKey.parse(here.opening.verification_key)]
    assert one.signed_by(key)
    assert other.signed_by(key)
    await theirs.close()
    await ours.close()

    # A service that has seen the one and is pointed to the other.
    met = opened(tmp_path / "ours", keys, servers.replica_url)
    ledger = met.get(NAME)
    assert "is not the one that was signed" in ledger.audit.distrusted
    with pytest.raises(LedgerDistrusted):
        await ledger.record(a_command(entry("more", a_party())))
    with pytest.raises(LedgerDistrusted):
        await ledger.rotate_key("Yearly change.")
    # Its successor takes what both had signed, and is told from either.
    made = await Successions(met).succeed(NAME, "A failover without fencing.")
    assert (made.bequest.upto, made.bequest.signed.size) == (2, 3)
    assert met.get(NAME).opening.origin.startswith("ledger.example/us-dprk/2-")
    await met.close()


def replayed(servers: Replicated) -> int:
    found = ask(servers.replica_url, "SELECT to_regclass('ledger_us_dprk.head') IS NOT NULL")
    if found != [(True,)]:
        return 0
    rows = ask(servers.replica_url, "SELECT position FROM ledger_us_dprk.head")
    return int(rows[0][0]) if rows else 0


def test_commits_that_wait_for_every_standby_leave_nothing_to_be_told(
    servers: Replicated,
) -> None:
    until(lambda: standby_risk(servers.primary_url) != "")
    ask(servers.primary_url, "ALTER SYSTEM SET synchronous_standby_names = '*'")
    ask(servers.primary_url, "SELECT pg_reload_conf()")
    until(lambda: standby_risk(servers.primary_url) == "")
    assert standby_risk(servers.replica_url) == ""


def test_the_doctor_tells_of_commits_that_do_not_wait_whatever_the_names_of_standbys_say(
    servers: Replicated, tmp_path: Path
) -> None:
    until(lambda: standby_risk(servers.primary_url) != "")
    ask(servers.primary_url, "ALTER SYSTEM SET synchronous_standby_names = '*'")
    ask(servers.primary_url, "ALTER SYSTEM SET synchronous_commit = 'local'")
    ask(servers.primary_url, "SELECT pg_reload_conf()")
    until(lambda: ask(servers.primary_url, "SHOW synchronous_commit") == [("local",)])
    flags = [f"--data-dir={tmp_path}", f"--store={servers.primary_url}"]
    said = CliRunner().invoke(main, ["doctor", *flags]).stdout
    assert "warning  store: The database can fail over to" in said
    assert "Set synchronous_commit to on" in said
