"""What somebody plants beside the tables of a log is found before anything is written, and
by a check: triggers and the like change what is stored, and no hash covers them.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ledger_service.application.ledgers import Ledgers
from ledger_service.domain.values.refusals import LedgerDistrusted
from tests.support.examples import a_command, a_party, entry
from tests.support.ledgers_on_disk import Clock, all_ledgers

#: What is planted, and what takes it away again.
IN_SQLITE = {
    "trigger 'sink'": (
        "CREATE TRIGGER sink AFTER INSERT ON requests BEGIN DELETE FROM checkpoints; END",
        "DROP TRIGGER sink",
    ),
    "view 'seen'": ("CREATE VIEW seen AS SELECT * FROM sealed_values", "DROP VIEW seen"),
    "index 'more'": ("CREATE INDEX more ON requests (root_hash)", "DROP INDEX more"),
    "table 'more'": ("CREATE TABLE more (x)", "DROP TABLE more"),
    "table 'checkpoints' of the log is another": (
        "ALTER TABLE checkpoints ADD COLUMN more TEXT",
        "ALTER TABLE checkpoints DROP COLUMN more",
    ),
}
_FUNCTION = """
    CREATE FUNCTION {0}sink() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN DELETE FROM checkpoints; RETURN NULL; END $$;
"""
_PARENT = """
    CREATE TABLE public.parent (note text COLLATE "C");
    ALTER TABLE checkpoints INHERIT public.parent
"""
IN_POSTGRES = {
    "trigger 'sink'": (
        _FUNCTION.format("public.")
        + "CREATE TRIGGER sink AFTER INSERT ON requests EXECUTE FUNCTION public.sink()",
        "DROP TRIGGER sink ON requests; DROP FUNCTION public.sink",
    ),
    "function 'sink'": (_FUNCTION.format(""), "DROP FUNCTION sink"),
    "rule 'sink'": (
        "CREATE RULE sink AS ON INSERT TO checkpoints DO ALSO NOTHING",
        "DROP RULE sink ON checkpoints",
    ),
    "policy 'few'": (
        "CREATE POLICY few ON requests USING (true)",
        "DROP POLICY few ON requests",
    ),
    "table 'requests' of the log is another": (
        "ALTER TABLE requests ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE requests DISABLE ROW LEVEL SECURITY",
    ),
    "table 'head' of the log is another": (
        "ALTER TABLE head SET UNLOGGED",
        "ALTER TABLE head SET LOGGED",
    ),
    "index 'more'": ("CREATE INDEX more ON requests (root_hash)", "DROP INDEX more"),
    "view 'seen'": ("CREATE VIEW seen AS SELECT * FROM sealed_values", "DROP VIEW seen"),
    "object of kind S 'count'": ("CREATE SEQUENCE count", "DROP SEQUENCE count"),
    "column 'checkpoints.note' of the log is another": (
        "ALTER TABLE checkpoints ALTER note DROP NOT NULL",
        "ALTER TABLE checkpoints ALTER note SET NOT NULL",
    ),
    "constraint 'requests.requests_request_id_key' of the log is missing": (
        "ALTER TABLE requests DROP CONSTRAINT requests_request_id_key",
        "ALTER TABLE requests ADD CONSTRAINT requests_request_id_key UNIQUE (request_id)",
    ),
    "parent of the table": (
        _PARENT,
        "ALTER TABLE checkpoints NO INHERIT public.parent; DROP TABLE public.parent",
    ),
}


async def opened(folder: Path, store: str) -> Ledgers:
    ledgers = all_ledgers(folder, Clock(), store=store)
    ledgers.open()
    return ledgers


async def holds(folder: Path, store: str, change: Callable[[str], None], what: str) -> None:
    """Whether it is found: when it comes while the service runs, and at the next start."""
    planted, mended = (IN_SQLITE if store == "sqlite" else IN_POSTGRES)[what]
    ledgers = await opened(folder, store)
    ledger = await ledgers.create("talks", "Talks")
    await ledger.record(a_command(entry("us", a_party())))
    assert (await ledger.audit.check()).findings == []
    change(planted)
    found = await ledger.audit.check()
    assert len(found.findings) == 1
    assert what in found.findings[0]
    change(mended)
    assert (await ledger.audit.check()).findings == []
    assert ledger.audit.distrusted == ""
    change(planted)
    await ledgers.close()

    ledgers = await opened(folder, store)
    ledger = ledgers.get("talks")
    assert what in ledger.audit.distrusted
    with pytest.raises(LedgerDistrusted):
        await ledger.record(a_command(entry("cn", a_party())))
    change(mended)
    assert (await ledger.audit.check()).findings == []
    await ledger.record(a_command(entry("cn", a_party())))
    await ledgers.close()


@pytest.mark.parametrize("what", IN_SQLITE)
async def test_in_sqlite(tmp_path: Path, what: str) -> None:
    def change(statement: str) -> None:
        path = tmp_path / "data/ledgers/talks/log.sqlite"
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.execute(statement)

    await holds(tmp_path, "sqlite", change, what)


@pytest.mark.parametrize("what", IN_POSTGRES)
async def test_in_postgres(tmp_path: Path, postgres: str, what: str) -> None:
    import psycopg

    def change(statements: str) -> None:
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("SET search_path TO ledger_talks")
            connection.execute(statements.encode())

    await holds(tmp_path, postgres, change, what)


@pytest.mark.parametrize("at", ["sqlite", "postgres"])
async def test_emptied_checkpoints_are_found(
    tmp_path: Path, at: str, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue("postgres") if at == "postgres" else "sqlite"
    ledgers = await opened(tmp_path, store)
    ledger = await ledgers.create("talks", "Talks")
    await ledger.record(a_command(entry("us", a_party())))
    await ledger.audit.checkpoint(2)
    assert (await ledger.audit.check()).findings == []
    with ledger.log.head_lock():
        ledger.log.write("DELETE FROM checkpoints")
    (finding,) = (await ledger.audit.check()).findings
    assert "checkpoints were removed" in finding
    await ledgers.close()

    ledgers = await opened(tmp_path, store)
    (finding,) = (await ledgers.get("talks").audit.check()).findings
    assert "checkpoints were removed" in finding
    await ledgers.close()


@pytest.mark.parametrize("at", ["sqlite", "postgres"])
async def test_no_new_checkpoint_hides_that_others_were_removed(
    tmp_path: Path, at: str, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue("postgres") if at == "postgres" else "sqlite"
    ledgers = await opened(tmp_path, store)
    ledger = await ledgers.create("talks", "Talks")
    await ledger.record(a_command(entry("us", a_party())))
    await ledger.audit.checkpoint(2)
    with ledger.log.head_lock():
        ledger.log.write("DELETE FROM checkpoints")
    await ledger.record(a_command(entry("dprk", a_party())))
    with pytest.raises(LedgerDistrusted, match="checkpoints were removed"):
        await ledger.audit.checkpoint(3)
    await ledgers.close()


@pytest.mark.parametrize("at", ["sqlite", "postgres"])
async def test_a_changed_content_hash_is_found(
    tmp_path: Path, at: str, request: pytest.FixtureRequest
) -> None:
    store = request.getfixturevalue("postgres") if at == "postgres" else "sqlite"
    ledgers = await opened(tmp_path, store)
    ledger = await ledgers.create("talks", "Talks")
    await ledger.record(a_command(entry("us", a_party())))
    with ledger.log.head_lock():
        ledger.log.write("UPDATE requests SET content_hash = root_hash")
    findings = (await ledger.audit.check()).findings
    assert "a request that ends at position 2 does not fit" in " ".join(findings)
    await ledgers.close()


async def test_statistics_for_faster_queries_are_no_finding(tmp_path: Path) -> None:
    ledgers = await opened(tmp_path, "sqlite")
    ledger = await ledgers.create("talks", "Talks")
    await ledger.record(a_command(entry("us", a_party())))
    with closing(sqlite3.connect(tmp_path / "data/ledgers/talks/log.sqlite")) as file:
        file.execute("ANALYZE")
    assert (await ledger.audit.check()).findings == []
    await ledgers.close()
