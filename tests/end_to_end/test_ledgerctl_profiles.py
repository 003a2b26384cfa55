"""ledgerctl at a service that asks who calls: log in once, then ask as before."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger_service.access.kept_file import LOOK_SECONDS
from tests.support import programs
from tests.support.access import Access
from tests.support.keyrings import keyring_in_memory
from tests.support.ledgerctl_here import ledgerctl
from tests.support.processes import Process


@pytest.fixture
def access(tmp_path: Path) -> Access:
    from datetime import UTC, datetime

    return Access(tmp_path / "access", now=datetime.now(UTC))


@pytest.fixture
def service(tmp_path: Path, access: Access) -> Iterator[Process]:
    settings = access.settings(tls=True)
    given = {f"LEDGER_{name.upper()}": str(value) for name, value in settings.items()}
    started = Process(tmp_path, **given)
    started.address()
    yield started
    started.stop()


@pytest.fixture
def ctl(tmp_path: Path) -> Any:
    folder = tmp_path / "config"

    def run(*args: str, given: str = "", code: int = 0, **more: str) -> str:
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("LEDGERCTL_")},
            "LEDGERCTL_CONFIG_DIR": str(folder),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "COLUMNS": "80",
            **more,
        }
        done = programs.ledgerctl(*args, env=environment, given=given)
        assert done.returncode == code, (done.stdout, done.stderr)
        return done.stdout + done.stderr

    return run


def test_after_login_commands_need_neither_address_nor_token(
    service: Process, access: Access, ctl: Any, tmp_path: Path
) -> None:
    token = access.token("newsroom", name="The newsroom")
    access.grant("newsroom", "talks", "steward", "recorder")
    time.sleep(LOOK_SECONDS)  # until the service looks at the file again
    where = ["--server", service.address(), "--ca", str(access.folder / "tls/ca.pem")]
    told = ctl("login", "prod", *where, "--ledger", "talks", given=f"{token}\n")
    assert told == "newsroom (token), The newsroom\n  talks: recorder, steward\n"
    kept = tmp_path / "config"
    assert token not in (kept / "profiles.toml").read_text()
    assert (kept / "prod.token").read_text() == f"{token}\n"
    assert {path.stat().st_mode & 0o077 for path in kept.iterdir()} == {0}
    ctl("ledgers", "create", "talks", "--title", "Talks")
    assert "Talks" in ctl("log")
    entries = tmp_path / "entries.yaml"
    entries.write_text("items: [{id: us, party: {name: United States, kind: state}}]\n")
    ctl("record", str(entries))
    assert "UTC by The newsroom" in ctl("entry", "us")
    assert "newsroom (token)" in ctl("whoami")
    assert "* prod" in " ".join(ctl("profiles").split())
    listed = {"prod": {"server": service.address(), "ledger": "talks"}}
    assert json.loads(ctl("profiles", "--format", "json")) == {
        "current": "prod",
        "profiles": listed,
    }
    ctl("logout", "prod")
    assert list(kept.iterdir()) == [kept / "profiles.toml"]
    assert "There is no profile 'prod'" in ctl("whoami", "--profile", "prod", code=2)


def test_a_token_may_be_kept_in_the_keyring_of_the_platform(
    service: Process, access: Access, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    environment = {"LEDGERCTL_CONFIG_DIR": str(config)}
    token = access.token("newsroom")
    where = ["--server", service.address(), "--ca", str(access.folder / "tls/ca.pem")]
    with keyring_in_memory() as kept:
        login = ["login", "prod", *where, "--token-keyring"]
        done = ledgerctl(*login, environment=environment, given=f"{token}\n")
        assert done.returncode == 0, done.stderr
        ((names, value),) = kept.kept.items()
        assert (names[0], value) == ("ledgerctl", token)
        assert re.fullmatch(r"prod-[0-9a-f]{8}", names[1])
        assert [each.name for each in config.iterdir()] == ["profiles.toml"]
        assert token not in (config / "profiles.toml").read_text()
        assert "newsroom (token)" in ledgerctl("whoami", environment=environment).stdout
        ledgerctl("logout", "prod", environment=environment)
        assert kept.kept == {}
        both = ledgerctl(*login, "--token-file", "t", environment=environment)
        assert both.returncode == 2
        assert "--token-keyring keeps the token that is asked for" in both.stderr


def test_a_token_is_kept_in_one_place_and_for_one_folder_of_profiles(
    service: Process, access: Access, tmp_path: Path
) -> None:
    folder = tmp_path / "config"
    first, second = access.token("newsroom"), access.token("desk")
    where = ["--server", service.address(), "--ca", str(access.folder / "tls/ca.pem")]

    def says(*args: str, config: str = "config", token: str = "") -> str:
        environment = {"LEDGERCTL_CONFIG_DIR": str(tmp_path / config)}
        done = ledgerctl(*args, environment=environment, given=f"{token}\n")
        assert done.returncode == 0, done.stderr
        return done.stdout

    with keyring_in_memory() as kept:
        says("login", "prod", *where, token=first)
        says("login", "prod", *where, "--token-keyring", token=first)
        assert [each.name for each in folder.iterdir()] == ["profiles.toml"]
        says("login", "prod", *where, "--token-keyring", config="other", token=second)
        assert "newsroom (token)" in says("whoami")
        assert "desk (token)" in says("whoami", config="other")
        says("logout", "prod", config="other")
        says("login", "prod", *where, "--token-keyring", token=first)
        assert list(kept.kept.values()) == [first]
        says("login", "prod", *where, token=first)
        assert kept.kept == {}
        assert (folder / "prod.token").exists()


def test_nothing_is_kept_when_the_service_does_not_know_the_caller(
    service: Process, access: Access, ctl: Any, tmp_path: Path
) -> None:
    where = ["--server", service.address(), "--ca", str(access.folder / "tls/ca.pem")]
    told = ctl("login", "prod", *where, given="dlt_wrong\n", code=1)
    assert told.startswith("ledgerctl: Who calls is not known.")
    assert "Log in with: ledgerctl login NAME" in told
    assert not (tmp_path / "config").exists()


def test_what_shows_who_calls_goes_to_the_service_that_it_is_for(
    service: Process, access: Access, ctl: Any, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text(access.token("newsroom"))
    where = ["--server", service.address(), "--ca", str(access.folder / "tls/ca.pem")]
    ctl("login", "prod", *where, "--token-file", str(file))
    (tmp_path / "other").mkdir()
    other = Process(tmp_path / "other")
    try:
        assert "asks nobody who calls" in ctl("whoami", LEDGERCTL_SERVER=other.address())
    finally:
        other.stop()


def test_several_profiles_are_told_apart_by_name(
    service: Process, access: Access, ctl: Any, tmp_path: Path
) -> None:
    where = ["--server", service.address(), "--ca", str(access.folder / "tls/ca.pem")]
    for name in ("one", "two"):
        prints = tmp_path / f"{name}.py"
        prints.write_text(f"print({access.token(name)!r})")
        ctl("login", name, *where, "--token-command", f"{sys.executable} {prints}")
    assert "two (token)" in ctl("whoami")
    assert "one (token)" in ctl("whoami", "--profile", "one")
    assert "one (token)" in ctl("whoami", LEDGERCTL_PROFILE="one")
    ctl("profiles", "--use", "one")
    assert "one (token)" in ctl("whoami")
    assert "there are: one, two" in ctl("whoami", "--profile", "three", code=2)


def test_what_stands_in_the_way_of_tls_is_told_at_once_with_what_helps(
    service: Process, access: Access, ctl: Any, tmp_path: Path
) -> None:
    token, address = access.token("newsroom"), service.address()
    ca = str(access.folder / "tls/ca.pem")
    (tmp_path / "other").mkdir()
    other = Process(tmp_path / "other")
    try:
        for more, remedy in (
            (["--server", address], f"{address} shows a certificate that is not trusted here."),
            (
                ["--server", address, "--plain-text", "--timeout", "1"],
                f"{address} closes each connection. It may want TLS (--ca FILE)",
            ),
            (
                ["--server", other.address(), "--ca", ca],
                f"{other.address()} does not speak TLS.",
            ),
        ):
            told = ctl("login", "prod", *more, given=f"{token}\n", code=4)
            assert f"ledgerctl: {remedy}" in told
    finally:
        other.stop()
    assert not (tmp_path / "config").exists()


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ("server = 5", "server is 5, which is not a text"),
        ("ca = 'x'", "a profile has no server"),
        ("server = 'x:1'\ntoken_command = 'cat x'", "which is not a list of texts"),
        ("server = 'x:1'\nplain_text = 'no'", "plain_text is 'no', which is not true or false"),
    ],
)
def test_a_profile_that_is_wrong_is_told_by_its_field(
    ctl: Any, tmp_path: Path, profile: str, told: str
) -> None:
    file = tmp_path / "config/profiles.toml"
    file.parent.mkdir()
    file.write_text(f"current = 'prod'\n[profiles.prod]\n{profile}\n")
    said = ctl("whoami", code=1)
    assert said.startswith(f"ledgerctl: {file} cannot be read: ")
    assert told in said
    refused = ctl("login", "new", "--plain-text", given="token\n", code=1)
    assert "cannot be read" in refused
    assert list(file.parent.iterdir()) == [file], "no token is kept"


def test_a_quotation_mark_without_its_other_half_is_a_wrong_usage(ctl: Any) -> None:
    told = ctl("login", "prod", "--token-command", "cat 'x", code=2)
    assert "--token-command has a quotation mark" in told
