"""The operator's commands about users: what they say, and what a running service makes of it."""

import json
import os
import pwd
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import Credentials, LedgerNotFound, NotIdentified, SyncLedgerClient

from ledger_service.access.grants_file import GRANTS_FILE, grant, write_grants
from ledger_service.access.kept_file import changing
from ledger_service.access.tokens import TOKENS_FILE, read_tokens, write_tokens
from tests.support import programs
from tests.support.processes import Process

SECONDS = 10


@pytest.fixture
def run(tmp_path: Path) -> Any:
    def run(*command: str, code: int = 0) -> str:
        where = [] if command[0] == "tls" else ["--data-dir", str(tmp_path / "data")]
        if command[0] == "user":
            where += ["--keys-dir", str(tmp_path / "keys")]
        elif where:
            where += ["--access-dir", str(tmp_path / "access")]
        done = programs.ledger_service(*command, *where)
        assert done.returncode == code, done.stderr
        return done.stdout or done.stderr

    return run


def test_a_token_is_shown_once_listed_by_its_prefix_and_revoked(
    run: Any, tmp_path: Path
) -> None:
    token = run("token", "add", "newsroom", "--name", "The newsroom", "--days", "30").strip()
    prefix = token[:14]
    listed = run("token", "list")
    assert re.match(rf"{prefix}  newsroom \(The newsroom\)  made \S+  until 20", listed)
    assert token not in listed
    kept = (tmp_path / "access/tokens.json").read_text()
    assert token[15:] not in kept
    assert run("token", "revoke", prefix) == f"The token {prefix} is revoked.\n"
    assert run("token", "list") == f"There are no tokens in {tmp_path / 'access'}.\n"
    assert "There is no token" in run("token", "revoke", prefix, code=1)
    told = run("token", "revoke", token, code=1)
    assert "This is no prefix of a token" in told
    assert token[15:] not in told, "a secret is not told back"


@pytest.mark.parametrize("subject", ["", " ", "news\nroom", "news\x1broom"])
def test_a_token_is_of_somebody_with_a_name_of_one_line(run: Any, subject: str) -> None:
    assert "No user can be named" in run("token", "add", subject, code=2)
    assert "There are no tokens" in run("token", "list")


@pytest.mark.parametrize(
    "command",
    [
        ("token", "revoke", "\udcff"),
        ("grant", "add", "\udcff", "--ledger", "talks", "--role", "reader"),
        ("grant", "revoke", "\udcff", "--ledger", "talks"),
    ],
)
def test_what_was_typed_in_another_encoding_is_told_in_a_sentence(
    run: Any, command: tuple[str, ...]
) -> None:
    assert run(*command, code=2) == "ledger-service: \\udcff is not UTF-8 text.\n"


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(run: Any) -> None:
    told = run("tls", "init", "/proc/nowhere", "--host", "localhost", code=1)
    assert told == "ledger-service: /proc/nowhere cannot be used: No such file or directory.\n"


@pytest.mark.parametrize(
    "host", ["bad host", "https://ledger.example.org", "a:50551", "-a", ""]
)
def test_what_is_no_host_gets_no_certificate(run: Any, tmp_path: Path, host: str) -> None:
    folder = tmp_path / "tls"
    told = run("tls", "init", str(folder), "--host", "localhost", "--host", host, code=1)
    assert told.startswith(f"ledger-service: {host!r} is neither the name of a host nor")
    assert not folder.exists()


def test_a_list_whose_reader_has_gone_ends_without_a_word(run: Any, tmp_path: Path) -> None:
    run("token", "add", "newsroom")
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "ledger_service", "token", "list"],
        env={**os.environ, "LEDGER_ACCESS_DIR": str(tmp_path / "access")},
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_settings_of_certificates_can_be_read_from_any_folder(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    told = run("tls", "init", "tls", "--host", "localhost")
    assert f"tls_certificate = '{tmp_path}/tls/server.pem'" in told


def test_grants_are_added_listed_and_taken_back(run: Any) -> None:
    told = run(
        "grant", "add", "newsroom", "--ledger", "talks", "--role", "recorder", "--party", "us"
    )
    assert told == "newsroom (token) in talks: recorder for us.\n"
    run("grant", "add", "ops", "--issuer", "certificate", "--ledger", "*", "--role", "admin")
    assert run("grant", "list") == f"ops (certificate) in *: admin.\n{told}"
    run("grant", "add", "desk", "--ledger", "others", "--role", "reader")
    assert (
        run("grant", "list", "--ledger", "talks") == f"ops (certificate) in *: admin.\n{told}"
    )
    run("grant", "revoke", "desk", "--ledger", "others")
    assert "has no grant in others" in run(
        "grant", "revoke", "desk", "--ledger", "others", code=1
    )
    assert run("grant", "revoke", "newsroom", "--ledger", "talks") == f"Taken back: {told}"
    assert run("grant", "list") == "ops (certificate) in *: admin.\n"
    for wrong, remedy in (
        (("--ledger", "talks", "--role", "king"), "There is no role 'king'; there are reader"),
        (("--ledger", "Talks", "--role", "reader"), "No ledger can be named 'Talks'"),
        (
            ("--ledger", "talks", "--role", "reader", "--party", "us"),
            "Parties are for the role",
        ),
    ):
        assert remedy in run("grant", "add", "newsroom", *wrong, code=2)


def test_who_grants_to_an_issuer_that_may_not_be_known_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(issuer: str) -> str:
        granting = ("grant", "add", "desk", "--ledger", "talks", "--role", "reader")
        where = ("--data-dir", tmp_path / "data", "--access-dir", tmp_path / "access")
        done = programs.ledger_service(*granting, "--issuer", issuer, *where)
        assert done.stdout == f"desk ({issuer}) in talks: reader.\n"
        return done.stderr

    assert "The issuer 'tokens' is neither token nor certificate: this grant" in said("tokens")
    assert [said("token"), said("certificate")] == ["", ""]
    ours = "https://login.example.org"
    assert "only where it is the jwt_issuer of the service" in said(ours)
    config = tmp_path / "service.toml"
    config.write_text(
        f'access_dir = "{tmp_path / "access"}"\njwt_issuer = "{ours}"\n'
        f'jwt_keys = "{tmp_path / "keys.pem"}"\njwt_audience = "ledger"\n'
    )
    monkeypatch.setenv("LEDGER_CONFIG", str(config))
    assert "jwt_issuer" not in said(ours)


def test_a_grant_takes_one_line_of_the_list_whatever_stands_in_the_file(
    run: Any, tmp_path: Path
) -> None:
    run("grant", "add", "newsroom", "--ledger", "talks", "--role", "reader")
    path = tmp_path / "access" / GRANTS_FILE
    text = path.read_text().replace('"newsroom"', '"x\\nops (certificate) in *: admin"')
    path.write_text(text)
    assert run("grant", "list") == (
        "x\\nops (certificate) in *: admin (token) in talks: reader.\n"
    )


@pytest.mark.parametrize("is_there", [True, False])
def test_a_file_that_is_a_link_is_not_changed_and_stays_a_link(
    run: Any, tmp_path: Path, is_there: bool
) -> None:
    run("grant", "add", "newsroom", "--ledger", "talks", "--role", "reader")
    path, target = tmp_path / "access" / GRANTS_FILE, tmp_path / "kept.toml"
    path.rename(target)
    before = target.read_bytes()
    if not is_there:
        target.unlink()
    path.symlink_to(target)
    told = run("grant", "add", "desk", "--ledger", "talks", "--role", "reader", code=1)
    assert f"{path} is a link, and nothing was changed. Change {target} where it" in told
    assert path.is_symlink()
    assert (target.read_bytes() if target.exists() else None) == (before if is_there else None)


def test_who_takes_back_the_last_admin_is_told_so(run: Any, tmp_path: Path) -> None:
    admins = ("--issuer", "certificate", "--ledger", "*")
    for name in ("ops", "deputy"):
        run("grant", "add", name, *admins, "--role", "admin")
    where = ("--access-dir", str(tmp_path / "access"), "--data-dir", str(tmp_path / "data"))
    first, second = (
        programs.ledger_service("grant", "revoke", name, *admins, *where)
        for name in ("ops", "deputy")
    )
    assert (first.returncode, first.stderr) == (0, "")
    assert (second.returncode, second.stdout) == (
        0,
        "Taken back: deputy (certificate) in *: admin.\n",
    )
    assert "Nobody is an admin of every ledger over the network any more" in second.stderr


def test_no_command_undoes_what_another_has_just_done(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "access"
    stolen = run("token", "add", "newsroom").strip()[:14]
    with ThreadPoolExecutor() as threads:
        with changing(folder):
            made = threads.submit(run, "token", "add", "desk")
            granted = threads.submit(
                run, "grant", "add", "desk", "--ledger", "talks", "--role", "reader"
            )
            assert not wait([made, granted], timeout=3).done, "they wait"
            left = read_tokens(folder / TOKENS_FILE).all
            write_tokens(folder / TOKENS_FILE, [each for each in left if each.prefix != stolen])
            write_grants(
                folder / GRANTS_FILE, [grant("token", "newsroom", "talks", ["reader"])]
            )
        made.result()
        granted.result()
    assert stolen not in run("token", "list")
    assert run("grant", "list").count("\n") == 2


def test_what_root_makes_belongs_to_the_owner_of_the_folder(run: Any, tmp_path: Path) -> None:
    folder, data = tmp_path / "access", tmp_path / "data"
    for each in (folder, data):
        each.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(each, 65534, 65534)
    run("token", "add", "newsroom")
    run("grant", "add", "newsroom", "--ledger", "talks", "--role", "reader")
    made = sorted([*folder.iterdir(), *data.iterdir()])
    assert [each.name for each in made] == ["grants.toml", "tokens.json", "trail.jsonl"]
    assert {each.stat().st_uid for each in made} == {folder.stat().st_uid}


def test_each_change_is_told_in_the_trail_with_who_ran_the_command(
    run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    prefix = run("token", "add", "newsroom")[:14]
    granting = ("--ledger", "talks", "--role", "recorder", "--party", "us")
    run("grant", "add", "newsroom", *granting)
    run("grant", "add", "newsroom", *granting)  # changes nothing
    run("grant", "list")
    run("grant", "revoke", "newsroom", "--ledger", "talks")
    monkeypatch.setenv("SUDO_USER", "alice")
    run("token", "revoke", prefix)
    lines = [json.loads(line) for line in (tmp_path / "data/trail.jsonl").open()]
    told = ("event", "prefix", "subject", "to", "of", "ledger", "roles", "parties")
    newsroom = {"issuer": "token", "subject": "newsroom"}
    assert [{key: each[key] for key in told if key in each} for each in lines] == [
        {"event": "token_added", "prefix": prefix, "subject": "newsroom"},
        {
            "event": "granted",
            "to": newsroom,
            "ledger": "talks",
            "roles": ["recorder"],
            "parties": ["us"],
        },
        {"event": "grants_revoked", "of": newsroom, "ledger": "talks"},
        {"event": "token_revoked", "prefix": prefix},
    ]
    me = pwd.getpwuid(os.getuid()).pw_name
    assert {(each["user"], each["system_user"]) for each in lines} == {(None, me)}
    assert [each.get("sudo_user") for each in lines] == [None, None, None, "alice"]


def test_what_cannot_be_told_in_the_trail_is_not_done(run: Any, tmp_path: Path) -> None:
    run("grant", "add", "newsroom", "--ledger", "talks", "--role", "reader")
    prefix = run("token", "add", "newsroom")[:14]
    access = tmp_path / "access"
    before = {path.name: path.read_bytes() for path in access.iterdir()}
    (tmp_path / "data" / "trail.jsonl").unlink()
    (tmp_path / "data" / "trail.jsonl").mkdir()
    for command in (
        ("token", "add", "desk"),
        ("token", "revoke", prefix),
        ("grant", "add", "desk", "--ledger", "talks", "--role", "reader"),
        ("grant", "revoke", "newsroom", "--ledger", "talks"),
    ):
        told = run(*command, code=1)
        assert told.startswith(
            f"ledger-service: {tmp_path}/data/trail.jsonl cannot be written: Is a directory."
        )
        assert "dlt_" not in told, "a token that is not kept is not shown"
    assert {path.name: path.read_bytes() for path in access.iterdir()} == before


def test_who_does_not_say_where_the_service_has_its_trail_is_told_where_this_stands(
    tmp_path: Path, ledgers_of_the_user_are_left_alone: Path
) -> None:
    where = ("--access-dir", tmp_path / "access")
    done = programs.ledger_service("token", "add", "newsroom", *where)
    trail = ledgers_of_the_user_are_left_alone / "ledger-service/data/trail.jsonl"
    assert f"Told in the trail {trail}. If the service has another data folder" in done.stderr
    assert done.stdout.strip()[:14] in trail.read_text()


def test_a_client_on_the_network_gets_in_with_what_the_commands_made(
    run: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "tls"
    told = run("tls", "init", str(folder), "--host", "localhost", "--host", "127.0.0.1")
    assert f"tls_certificate = '{folder}/server.pem'" in told
    token = run("token", "add", "newsroom", "--name", "The newsroom").strip()
    run("grant", "add", "newsroom", "--ledger", "talks", "--role", "steward")
    service = Process(
        tmp_path,
        LEDGER_LISTEN="0.0.0.0:0",
        LEDGER_ACCESS_DIR=str(tmp_path / "access"),
        LEDGER_TLS_CERTIFICATE=str(folder / "server.pem"),
        LEDGER_TLS_KEY=str(folder / "server.key"),
    )
    try:
        port = service.address().rpartition(":")[2]
        credentials = Credentials(ca=folder / "ca.pem", token=token)
        with SyncLedgerClient(f"localhost:{port}", credentials=credentials) as client:
            client.create_ledger("talks", "Talks")
            author = client.user().author
            listed = run("user", "list")
            assert listed == f"{author}  newsroom (token)  The newsroom\n"
            run("user", "forget", author)
            assert client.user().author == ""
            run("grant", "revoke", "newsroom", "--ledger", "talks")
            assert ends_with(LedgerNotFound, lambda: client.ledger("talks"))
            run("token", "revoke", token[:14])
            assert ends_with(NotIdentified, client.user)
    finally:
        assert service.stop() == 0
    said = service.lines()
    changes = [line for line in said if line["event"] in {"grants_changed", "tokens_changed"}]
    assert [line.get("removed") for line in changes] == [
        ["newsroom (token) in talks: steward"],
        [f"{token[:14]} (newsroom)"],
    ]
    assert token not in service.said()
    assert "over TLS" in next(line["access"] for line in said if line["event"] == "ready")


def ends_with(kind: type[Exception], call: Any) -> bool:
    """Whether a call is refused in this way within some seconds."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            call()
        except kind:
            return True
        time.sleep(0.1)
    return False


def test_without_settings_it_says_that_nobody_is_asked(tmp_path: Path) -> None:
    service = Process(tmp_path)
    try:
        with SyncLedgerClient(service.address()) as client:
            told = client.user()
            assert (told.issuer, told.subject, told.author) == ("", "", "")
            assert [each.ledger for each in told.rights] == ["*"]
    finally:
        assert service.stop() == 0
    (ready,) = [line for line in service.lines() if line["event"] == "ready"]
    assert "nobody is asked who calls, and records name local" in ready["access"]


def test_a_revoked_certificate_is_on_the_list_and_files_that_are_there_stay(
    run: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "tls"
    run("tls", "init", str(folder), "--host", "localhost")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    run("tls", "init", str(folder), "--host", "localhost")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    told = run("tls", "init", str(folder), "--host", "localhost", "--host", "10.0.0.7", code=1)
    assert f"{folder}/server.pem is there already, and is not for 10.0.0.7. Move it" in told
    run("tls", "client", str(folder), "newsroom")
    told = run("tls", "revoke", str(folder), str(folder / "newsroom.pem"))
    assert told == f"{folder}/newsroom.pem is revoked.\n"
    assert (folder / "revoked.pem").read_bytes() != before["revoked.pem"]
    assert "No client can be named 'ca'" in run("tls", "client", str(folder), "ca", code=1)
