"""The register of authors, in a file and in PostgreSQL."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger_service.access.authors import Authors
from ledger_service.access.users import User
from ledger_service.domain.values.refusals import StorageFailed
from ledger_service.persistence.author_register import AuthorRegister, SqliteWay, register


@pytest.fixture(params=["sqlite", "postgres"])
def stored(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """Opens the register, as each service does."""
    store = "sqlite"
    if request.param == "postgres":
        store = request.getfixturevalue("postgres")
    return lambda: register(tmp_path, store)


def test_an_author_stands_for_one_user_for_all_services(stored: Any) -> None:
    here, there = stored(), stored()
    author = here.register("token", "newsroom", "The newsroom")
    assert there.register("token", "newsroom", "") == author
    assert there.find("token", "newsroom") == author
    assert here.register("https://login.example.org", "newsroom", "") != author
    assert here.find("token", "nobody") == ""


def test_the_name_of_a_user_follows_its_issuer(stored: Any) -> None:
    found = stored()
    author = found.register("token", "newsroom", "The newsroom")
    found.register("token", "newsroom", "The news desk")
    found.register("token", "newsroom", "")
    assert [each.name for each in found.some([author, "nobody"])] == ["The news desk"]
    assert found.some([]) == []


def test_who_is_forgotten_is_gone_and_comes_back_as_another(stored: Any) -> None:
    found = stored()
    author = found.register("token", "newsroom", "")
    other = found.register("token", "desk", "")
    assert found.forget(author)
    assert not found.forget(author)
    assert [each.author for each in found.all()] == [other]
    assert found.register("token", "newsroom", "") not in {author, other}


def test_a_file_that_cannot_be_used_is_a_failure_of_the_storage(tmp_path: Path) -> None:
    (tmp_path / "authors.sqlite").write_bytes(b"this is no database" * 1000)
    with pytest.raises(StorageFailed):
        register(tmp_path, "sqlite").all()


def test_a_folder_that_cannot_be_used_is_a_failure_of_the_storage(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(StorageFailed):
        register(tmp_path / "data", "sqlite").register("token", "newsroom", "")


def test_a_schema_that_was_lost_is_made_anew(postgres: str, tmp_path: Path) -> None:
    found = register(tmp_path, postgres)
    author = found.register("token", "newsroom", "")
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("DROP SCHEMA users_of_ledgers CASCADE")
    with pytest.raises(StorageFailed):
        found.find("token", "newsroom")
    assert found.register("token", "newsroom", "") not in {"", author}


def test_who_records_after_the_register_was_lost_gets_a_new_author(tmp_path: Path) -> None:
    found = register(tmp_path, "sqlite")
    author = found.register("token", "newsroom", "")
    (tmp_path / "authors.sqlite").unlink()
    assert found.find("token", "newsroom") == ""
    assert found.register("token", "newsroom", "") not in {"", author}


def test_nobody_else_may_use_the_file(tmp_path: Path) -> None:
    found: AuthorRegister = register(tmp_path, "sqlite")
    found.register("token", "newsroom", "")
    assert (tmp_path / "authors.sqlite").stat().st_mode & 0o077 == 0


def test_who_never_recorded_is_looked_up_once_for_many_sealed_texts(tmp_path: Path) -> None:
    asked = list[str]()

    class Counting(AuthorRegister):
        def find(self, issuer: str, subject: str) -> str:
            asked.append(subject)
            return super().find(issuer, subject)

    authors = Authors(Counting(SqliteWay(tmp_path / "authors.sqlite")))
    reader = User("token", "reader")
    assert [authors.find(reader) for _ in range(100)] == [""] * 100
    assert asked == ["reader"]
    author = authors.of(reader)
    assert authors.find(reader) == author, "at once, where it is registered here"
