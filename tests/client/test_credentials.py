"""What a client shows, where it comes from, and where it never goes."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from diplomatic_ledger import Credentials, InvalidArgument, SyncLedgerClient, keyrings
from diplomatic_ledger.credentials import TokenSource

from ledger_service.access.certificate_set import CertificateSet
from tests.support.keyrings import keyring_in_memory


async def sent(source: TokenSource) -> str:
    return dict(await source.metadata()).get("authorization", "")


async def test_a_token_is_a_text_a_file_or_what_a_command_prints(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("from-a-file\n")
    prints = [sys.executable, "-c", "print('from-a-command')"]
    for credentials, token in (
        (Credentials(token="as-it-is"), "as-it-is"),
        (Credentials(token_file=file), "from-a-file"),
        (Credentials(token_command=prints), "from-a-command"),
    ):
        assert await sent(TokenSource(credentials)) == f"Bearer {token}"
    assert await sent(TokenSource(Credentials())) == ""


async def test_a_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("old")
    source = TokenSource(Credentials(token_file=file))
    assert await sent(source) == "Bearer old"
    file.write_text("newer")
    assert await sent(source) == "Bearer newer"


async def test_a_command_runs_once_for_many_calls(tmp_path: Path) -> None:
    count = tmp_path / "count"
    program = f"open({str(count)!r}, 'a').write('x'); print('token')"
    source = TokenSource(Credentials(token_command=[sys.executable, "-c", program]))
    for _ in range(3):
        await sent(source)
    assert count.read_text() == "x"


async def test_a_token_of_a_keyring_is_asked_for_once_for_many_calls() -> None:
    with keyring_in_memory() as kept:
        kept.set_password("ours", "newsroom", "from-a-keyring")
        source = TokenSource(Credentials(token_keyring=("ours", "newsroom")))
        assert await sent(source) == "Bearer from-a-keyring"
        kept.delete_password("ours", "newsroom")
        assert await sent(source) == "Bearer from-a-keyring"
        with pytest.raises(InvalidArgument, match="the keyring has nothing for 'newsroom'"):
            await sent(TokenSource(Credentials(token_keyring=("ours", "newsroom"))))


@pytest.mark.parametrize(
    ("fault", "told"),
    [("locked", "cannot be used: it is locked. Unlock"), ("keeps nothing", "keeps nothing")],
)
def test_a_keyring_that_does_not_serve_says_what_helps(fault: str, told: str) -> None:
    with keyring_in_memory(fault), pytest.raises(InvalidArgument, match=told):
        keyrings.keep("ours", "newsroom", "a-token")


async def test_without_the_library_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    monkeypatch.setitem(sys.modules, "keyring.errors", None)
    with pytest.raises(InvalidArgument, match="pip install keyring"):
        await sent(TokenSource(Credentials(token_keyring=("ours", "newsroom"))))


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"token_file": "/nowhere/token"}, "token_file /nowhere/token cannot be read"),
        ({"token_command": ["/nowhere/command"]}, "token_command failed"),
        ({"token_command": [sys.executable, "-c", "pass"]}, "printed no token"),
        ({"token": "two words"}, "not one word"),
    ],
)
async def test_a_token_that_cannot_be_had_is_an_error_of_the_call(
    how: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidArgument, match=told):
        await TokenSource(Credentials(**how)).metadata()


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"certificate": "a"}, "a certificate goes with its key"),
        ({"token": "a", "token_file": "b"}, "give one of"),
        ({"token": "a", "token_keyring": ("s", "u")}, "give one of"),
        ({"plain_text": True, "ca": "a"}, "in plain text nothing is vouched for"),
    ],
)
def test_what_does_not_go_together_is_refused(how: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidArgument, match=told):
        Credentials(**how)


@pytest.mark.parametrize(
    "server",
    ["10.0.0.7:50551", "ledger.example.org:50551", "dns:///ledger.example.org:50551"],
)
def test_a_token_goes_through_no_network_in_plain_text(server: str) -> None:
    credentials = Credentials(token="secret", plain_text=True)
    with pytest.raises(InvalidArgument, match="a token goes over TLS only"):
        SyncLedgerClient(server, credentials=credentials)
    for here in ("127.0.0.1:50551", "localhost:1", "[::1]:1", "unix:/run/ledger.sock"):
        credentials.check_server(here)


def test_a_token_is_not_shown() -> None:
    assert "secret" not in repr(Credentials(token="secret"))


def test_files_that_cannot_be_used_are_named_with_what_to_give(tmp_path: Path) -> None:
    made = CertificateSet(tmp_path)
    made.begin(datetime.now(UTC), 2)
    for name in ("one", "two"):
        made.issue_client(name, datetime.now(UTC), 2)
    ca, text, one, two = (
        str(tmp_path / each) for each in ("ca.pem", "text", "one.pem", "two.key")
    )
    Path(text).write_text("dlt_no_certificate\n")
    Credentials(ca=ca, certificate=one, key=tmp_path / "one.key").tls()
    with pytest.raises(InvalidArgument, match=rf"ca {text} holds no certificates in PEM"):
        Credentials(ca=text).tls()
    with pytest.raises(InvalidArgument, match=f"{one} and key {two} do not belong together"):
        Credentials(certificate=one, key=two).tls()


async def test_what_a_command_was_given_is_not_told_when_it_fails() -> None:
    command = [sys.executable, "-c", "raise SystemExit(3)", "secret"]
    with pytest.raises(InvalidArgument) as failed:
        await TokenSource(Credentials(token_command=command)).metadata()
    told = str(failed.value)
    assert told.endswith(f"token_command failed: {sys.executable}: it ended with code 3.")
