"""An operator on another machine runs the commands of `ledger-service` with a profile of
`ledgerctl`, over TLS with a certificate.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import Credentials, SyncLedgerClient

from tests.support import programs
from tests.support.access import Access
from tests.support.processes import Process


@dataclass
class Place:
    """A service with access control, and the machine of an operator with nothing but
    certificates and profiles.
    """

    folder: Path
    access: Access
    address: str

    @property
    def trail(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.folder / "data/trail.jsonl").open()]

    def file(self, name: str) -> Path:
        return self.access.folder / "tls" / name

    def login(self, name: str, ca: Path | None = None) -> None:
        """Makes a profile with the certificate of this name."""
        done = programs.ledgerctl(
            *("login", name, "--server", self.address, "--ca", ca or self.file("ca.pem")),
            *("--certificate", self.file(f"{name}.pem"), "--key", self.file(f"{name}.key")),
            env=self.environment,
        )
        assert done.returncode == 0, done.stderr

    def profile(self, name: str, **words: object) -> None:
        """Writes a profile as it is, whatever the service says of it."""
        told = {"server": self.address, **words}
        lines = [f"{key} = {json.dumps(str(value))}" for key, value in told.items()]
        path = self.folder / "elsewhere" / "profiles.toml"
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as file:
            file.write("\n".join([f"[profiles.{name}]", *lines, ""]))

    @property
    def environment(self) -> dict[str, str]:
        """Of the operator: no setting of the service."""
        ours = {k: v for k, v in os.environ.items() if not k.startswith("LEDGER")}
        return ours | {"LEDGERCTL_CONFIG_DIR": str(self.folder / "elsewhere")}

    def run(self, *command: object, code: int = 0) -> str:
        """What a command says; where it fails, on stderr."""
        done = programs.ledger_service(*command, env=self.environment)
        assert done.returncode == code, done.stderr
        return done.stderr if code else done.stdout


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Starts a service that knows an admin of everything, one of one ledger, and a reader."""
    running = []

    def start(**settings: str) -> Place:
        access = Access(tmp_path / "access")
        told = access.settings(tls=True, clients=True)
        for name, ledger, *roles in (
            ("ops", "*", "admin"),
            ("one", "talks", "admin", "steward"),
            ("reader", "*", "reader"),
        ):
            access.credentials(name)
            access.grant(f"dn:CN={name}", ledger, *roles, issuer="certificate")
        given = {f"LEDGER_{name.upper()}": str(value) for name, value in told.items()}
        running.append(Process(tmp_path, **given, **settings))
        return Place(tmp_path, access, running[-1].address())

    yield start
    for each in running:
        each.stop()


@pytest.fixture
def place(serve: Callable[..., Place], tmp_path: Path) -> Place:
    return serve(LEDGER_ADMIN_OVER_NETWORK="true", LEDGER_BACKUP_DIR=str(tmp_path / "sets"))


def test_ledgers_are_operated_from_another_machine(place: Place, tmp_path: Path) -> None:
    for name in ("ops", "one"):
        place.login(name)
    made = ("ledgers", "create", "talks", "--title", "Talks", "--profile", "one")
    assert programs.ledgerctl(*made, env=place.environment).returncode == 0
    ops = ("--profile", "ops")

    assert place.run("ledger", "list", *ops) == "talks: 1 record, 1 signed\n"
    first = place.run("key", "show", "talks", *ops).splitlines()[-1]
    second = place.run("key", "rotate", "talks", "--reason", "Yearly.", *ops).strip()
    assert place.run("key", "retire", "talks", first, *ops) == f"{second}\n"
    assert place.run("ledger", "check", "talks", "--profile", "one") == "2 records fit.\n"
    rebuilt = place.run("rebuild", *ops)
    assert rebuilt == "talks: the views are whole, up to position 2.\n"
    assert f"in {tmp_path}/sets/talks/" in place.run("backup", *ops)
    told = place.run("ledger", "fork", "talks", "trial", *ops)
    assert told.startswith("The ledger trial has 2 records of talks.")
    told = place.run("ledger", "retire", "trial", "--yes", *ops)
    assert told.rstrip().endswith("--profile ops"), "the command to paste reaches the same"
    place.run("ledger", "bring-back", "trial", *ops)
    (author,) = [line.split()[0] for line in place.run("user", "list", *ops).splitlines()[:1]]
    place.run("user", "forget", author, *ops)
    told = place.run("erase", "talks", "F1", "note", "--reason", "Asked for.", *ops, code=1)
    assert "'F1' is not in this ledger" in told

    did = [each for each in place.trail if each["event"] != "refused"]
    assert [each["event"] for each in did] == [
        *("backed_up", "forked", "retired", "brought_back", "forgotten", "erased")
    ]
    assert {each["user"]["subject"] for each in did} == {"dn:CN=ops"}


def test_tokens_and_grants_are_changed_from_another_machine(place: Place) -> None:
    place.login("ops")
    ops = ("--profile", "ops")
    token = place.run("token", "add", "desk", "--days", "30", *ops).strip()
    assert place.run("token", "list", *ops).startswith(f"{token[:14]}  desk  made ")
    told = place.run("grant", "add", "desk", "--ledger", "talks", "--role", "steward", *ops)
    assert told == "desk (token) in talks: steward.\n"
    shown = Credentials(
        ca=place.file("ca.pem"),
        certificate=place.file("reader.pem"),
        key=place.file("reader.key"),
        token=token,
    )
    with SyncLedgerClient(place.address, credentials=shown) as client:
        client.create_ledger("talks", "Talks")
    place.login("one")
    there = ("--ledger", "talks", "--profile", "one")
    assert place.run("grant", "list", *there).splitlines()[-1] == told.strip()
    assert place.run("grant", "revoke", "desk", *there) == f"Taken back: {told}"
    assert "desk (token) has no grant in talks." in place.run(
        "grant", "revoke", "desk", *there, code=1
    )
    assert "needs the role of admin in every ledger" in place.run(
        "grant", "list", "--profile", "one", code=1
    )
    assert (
        place.run("token", "revoke", token[:14], *ops)
        == f"The token {token[:14]} is revoked.\n"
    )
    assert place.run("token", "list", *ops) == ""
    assert not (place.folder / "elsewhere" / "data").exists()
    who = [(each["event"], each["user"]["subject"]) for each in place.trail]
    assert who[:3] == [
        ("token_added", "dn:CN=ops"),
        ("granted", "dn:CN=ops"),
        ("grants_revoked", "dn:CN=one"),
    ]


def test_what_stands_in_the_way_is_told_with_what_helps(place: Place, tmp_path: Path) -> None:
    mine = {"ca": place.file("ca.pem"), "certificate": place.file("ops.pem")}
    mine["key"] = place.file("ops.key")
    other = Access(tmp_path / "other")
    other.settings(tls=True, clients=True)
    other.credentials("ops")
    theirs = other.folder / "tls"
    place.profile("wrong-ca", **mine | {"ca": theirs / "ca.pem"})
    place.profile("no-certificate", ca=place.file("ca.pem"))
    place.profile(
        "other",
        ca=place.file("ca.pem"),
        certificate=theirs / "ops.pem",
        key=theirs / "ops.key",
    )
    place.profile("torn", **mine | {"key": place.file("one.key")})
    place.profile("nobody", **mine | {"server": "127.0.0.1:1"})
    place.profile("no-host", **mine | {"server": "nowhere.invalid:50551"})
    place.profile(
        "reader",
        ca=place.file("ca.pem"),
        certificate=place.file("reader.pem"),
        key=place.file("reader.key"),
    )
    login = (
        f"ledgerctl login NAME --server {place.address} --ca FILE --certificate FILE --key FILE"
    )
    for name, sentence in (
        ("wrong-ca", f"{place.address} shows a certificate that is not trusted here."),
        ("wrong-ca", login.replace("NAME", "wrong-ca")),
        ("no-certificate", "has no certificate, and over the network operators need one."),
        ("no-certificate", login.replace("NAME", "no-certificate")),
        ("other", "It may not accept the certificate of the profile other"),
        ("torn", "The profile torn cannot be used: credentials: certificate"),
        ("nobody", "No service answers at 127.0.0.1:1, which the profile nobody names."),
        ("no-host", "No service answers at nowhere.invalid:50551"),
        ("reader", "This needs the role of admin in every ledger."),
        ("nothing", "There is no profile 'nothing'; there are: "),
    ):
        for command in (("ledger", "list"), ("token", "list")):
            assert sentence in place.run(*command, "--profile", name, code=1)


def test_what_stands_in_the_way_of_tls_is_told_in_one_line(
    place: Place, tmp_path: Path
) -> None:
    other = Access(tmp_path / "other")
    other.settings(tls=True)
    shown = {"certificate": place.file("ops.pem"), "key": place.file("ops.key")}
    place.profile("wrong-ca", ca=other.folder / "tls" / "ca.pem", **shown)
    for program, command in (
        (programs.LEDGERCTL, ("whoami",)),
        (programs.LEDGER_SERVICE, ("ledger", "list")),
    ):
        done = subprocess.run(  # afresh: it is about what comes with the import of gRPC
            [*program, *command, "--profile", "wrong-ca"],
            env=place.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        (line,) = done.stderr.splitlines()
        assert f"{place.address} shows a certificate that is not trusted here." in line


def test_where_the_setting_forbids_it_the_setting_is_named(serve: Callable[..., Place]) -> None:
    place = serve()
    place.login("ops")
    for command in (("ledger", "list"), ("grant", "list"), ("rebuild", "talks")):
        told = place.run(*command, "--profile", "ops", code=1)
        assert f"{place.address} does not serve operators over the network" in told
        assert "admin_over_network = true" in told


def test_what_is_of_this_machine_does_not_go_with_a_profile(
    place: Place, tmp_path: Path
) -> None:
    place.login("ops")
    folder = str(tmp_path / "mine")
    for command, sentence in (
        (("ledger", "list", "--data-dir", folder), "of which --data-dir says nothing."),
        (("token", "list", "--access-dir", folder), "of which --access-dir says nothing."),
        (("key", "show", "talks", "--config", folder), "of which --config says nothing."),
        (("backup", "--to", folder), "--to names a folder of this machine"),
        (("backup", "--with-keys"), "Run it on the machine of the service."),
    ):
        assert sentence in place.run(*command, "--profile", "ops", code=2)
    for command in ("serve", "migrate", "doctor"):
        assert "No such option" in place.run(command, "--profile", "ops", code=2)
