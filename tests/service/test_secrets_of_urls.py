"""No part of a password of the database is shown, in whatever form it was given."""

import json
import traceback
from typing import Any

import pytest
from click.testing import CliRunner

from ledger_service import settings
from ledger_service.__main__ import main

SECRET = "geheim"
#: Right ones and mistyped ones: in some of these the driver would take a part of the
#: password for a host, a port or the name of a database, and show it.
RIGHT = (
    "postgresql://user:geheim@host/db",
    "postgres://user:geheim@host:5432,other/db?sslmode=require",
    "postgresql://:geheim@/db",
    "postgresql://user:%67eheim-geheim@host/db",
    "postgresql://user:geheim:geheim@[::1]:5432/db",
    "postgresql://user@host/db?password=geheim",
    "postgresql://host/db?p%61ssword=geheim&sslmode=require",
    "postgresql://host/db?user=me&passfile=/run/geheim&sslpassword=geheim",
    "postgresql://host/db?passwrod=geheim",
    "postgresql://host/db?password=a&geheim",
    "postgresql://host/db?password=a?geheim@geheim",
    "postgresql://host/db?options=geheim",
)
REFUSED = (
    "postgresql://user:a/geheim@host/db",
    "postgresql://user:12/geheim@host/db",
    "postgresql://user:geheim@geheim@host/db",
    "postgresql://user:a?geheim@host/db",
    "postgresql://user:a?geheim@geheim@host/db",
    "postgresql://user:geheim",
    "postgresql://user:geheim/db",
    "postgresql:/user:geheim@host/db",
    "postgresql:user:geheim@host/db",
    "postgres//user:geheim@host/db",
    "postgresql+psycopg://user:geheim@host/db",
    "mysql://user:geheim@host/db",
    "user:geheim@host/db",
    "host=db user=me password=geheim",
    "host=db password = 'two geheim words' user=me",
    "host=db pass word=two geheim words",
    "password=geheim",
)


def run(*arguments: str, **environment: str) -> Any:
    return CliRunner().invoke(main, list(arguments), env=environment)


@pytest.mark.parametrize("url", RIGHT)
def test_what_settings_shows_of_a_right_one_holds_no_secret(url: str) -> None:
    for form in ("text", "json"):
        answer = run("settings", "--format", form, "--store", url)
        assert answer.exit_code == 0, answer.output
        assert SECRET not in answer.output
    assert SECRET not in repr(settings.load(None, {}, {"store": url}).settings)


@pytest.mark.parametrize("url", REFUSED)
def test_a_wrong_one_is_refused_without_its_secret(url: str) -> None:
    for answer in (
        run("settings", "--store", url),
        run("serve", LEDGER_STORE=url),
        run("copy", "--from", url, "--to", url),
        run("copy", "--from", "sqlite:/nowhere/talks", "--to", url),
    ):
        assert answer.exit_code == 2
        assert "give " in answer.output
        assert SECRET not in answer.output


def test_all_else_is_shown() -> None:
    url = "postgresql://user@host:5432/db?application_name=talks&sslmode=require"
    rows = json.loads(run("settings", "--format", "json", "--store", url).output)
    assert url in [row["value"] for row in rows]
    assert settings.shown("postgresql://user:geheim@host/db") == "postgresql://user:***@host/db"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:%zzgeheim@host/db",
        "postgresql://user:%00geheim@host/db",
        "postgresql://host/db?passwrod=geheim",
        "postgresql://host/db?password=a&geheim",
        "postgresql://host/db?password=a=geheim",
    ],
)
@pytest.mark.parametrize("command", [("ledger", "list"), ("migrate",)])
def test_what_the_driver_cannot_read_it_does_not_quote(
    url: str, command: tuple[str, ...], tmp_path: Any
) -> None:
    pytest.importorskip("psycopg")
    answer = run(*command, "--data-dir", str(tmp_path), "--store", url)
    assert answer.exit_code == 1
    assert "cannot be read. Write / @" in answer.output
    told = "".join(traceback.format_exception(answer.exception))
    assert SECRET not in answer.output + told
