"""`ledgerctl login`, `logout`, `profiles` and `whoami`: who one is, at which service."""

from __future__ import annotations

import secrets
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import click

from diplomatic_ledger import json_form, keyrings, words
from diplomatic_ledger.cli import profiles
from diplomatic_ledger.cli.cells import Parts
from diplomatic_ledger.cli.commands import PLAIN, Command, command
from diplomatic_ledger.cli.failures import Failure, usage
from diplomatic_ledger.cli.profiles import Profile
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.connection import DEFAULT_SERVER
from diplomatic_ledger.errors import InvalidArgument
from diplomatic_ledger.sync import SyncLedgerClient
from diplomatic_ledger.v1.ledger_service_pb2 import GetUserResponse, Role

_FILE = click.Path(path_type=Path, dir_okay=False, resolve_path=True)


@command(
    "login",
    formats=PLAIN,
    examples=[
        "ledgerctl login prod --server ledger.example.org:50551 --ca ca.pem",
        "ledgerctl login ci --server 10.0.0.7:50551 --ca ca.pem --token-file tok",
        "ledgerctl login ops --certificate ops.pem --key ops.key --ca ca.pem",
        "ledgerctl login mine --token-keyring",
        "ledgerctl login ops --token-command 'vault read -field=token ledger/ops'",
    ],
)
@click.argument("name")
@click.option("--ca", type=_FILE, help="Who vouches for the service, in PEM.")
@click.option("--certificate", type=_FILE, help="Your own certificate, in PEM.")
@click.option("--key", type=_FILE, help="Its key, in PEM.")
@click.option("--token-file", type=_FILE, help="File with the token; read at each run.")
@click.option(
    "--token-command",
    metavar="COMMAND",
    help="What prints the token at each run, as whoever issues it has it.",
)
@click.option(
    "--token-keyring",
    is_flag=True,
    help="Keep the token in your keyring; needs the Python library keyring.",
)
@click.option("--plain-text", is_flag=True, help="Without TLS; to this machine only.")
def login(
    session: Session,
    name: str,
    ca: Path | None,
    certificate: Path | None,
    key: Path | None,
    token_file: Path | None,
    token_command: str | None,
    token_keyring: bool,
    plain_text: bool,
) -> None:
    """Make a profile NAME of --server and --ledger, and use it from now on.

    Without a token file, a command or a certificate it asks for a token, which is kept in
    a file that only you may read, or in your keyring. Nothing is kept when the service does
    not know you.
    """
    if not profiles.is_name(name):
        raise usage(f"No profile can be named {name!r}. Give letters, digits and . _ -")
    if token_keyring and (token_file or token_command or certificate):
        raise usage(
            "--token-keyring keeps the token that is asked for. Leave it out, or "
            "--token-file, --token-command and --certificate."
        )
    if token_keyring:
        keyrings.check()
    token = "" if token_file or token_command or certificate else _asked()
    profile = Profile(
        server=session.server or DEFAULT_SERVER,
        ledger=session.ledger_name,
        ca=str(ca or ""),
        certificate=str(certificate or ""),
        key=str(key or ""),
        token_file=str(token_file or ""),
        token_command=_words(token_command or ""),
        plain_text=plain_text,
    )
    found = profiles.read()
    told = _user(session, profile, token)
    if token_keyring:
        # Another folder of profiles may have this name for another service.
        entry = f"{name}-{secrets.token_hex(4)}"
        keyrings.keep(keyrings.SERVICE, entry, token)
        profile = replace(profile, token_keyring=entry)
    elif token:
        profile = replace(profile, token_file=str(profiles.keep_token(name, token)))
    former = found.named.get(name)
    found.named[name], found.current = profile, name
    profiles.write(found)
    if former is not None:
        _forget_kept(session, name, former, profile)
    _show(session, told)


@command("logout", formats=PLAIN, examples=["ledgerctl logout prod"])
@click.argument("name")
def logout(session: Session, name: str) -> None:
    """Forget a profile, and the token that was kept for it."""
    found = profiles.read()
    if kept := found.get(name).token_keyring:
        keyrings.forget(keyrings.SERVICE, kept)
    del found.named[name]
    if found.current == name:
        found.current = ""
    profiles.write(found)
    profiles.forget_token(name)
    session.screen.show(f"The profile {name} is forgotten.")


@command("profiles", examples=["ledgerctl profiles", "ledgerctl profiles --use staging"])
@click.option("--use", metavar="NAME", help="Use this one from now on.")
def show_profiles(session: Session, use: str | None) -> None:
    """List the profiles; the one in use has a star."""
    found = profiles.read()
    if use is not None:
        found.get(use)
        found.current = use
        profiles.write(found)
    if session.as_json:
        listed = {
            name: {"server": each.server, "ledger": each.ledger}
            for name, each in found.named.items()
        }
        session.screen.json({"current": found.current, "profiles": listed})
        return
    if not found.named:
        session.screen.note("No profile yet. Make one with: ledgerctl login NAME")
        return
    session.screen.show(
        table(
            [
                ("", "word", ("current",)),
                ("profile", "id"),
                ("server", "text"),
                ("ledger", "id"),
            ],
            [
                (
                    Parts("*", ("yes",)) if name == found.current else "",
                    name,
                    each.server,
                    each.ledger,
                )
                for name, each in sorted(found.named.items())
            ],
        )
    )


@command(
    "whoami", formats=PLAIN, examples=["ledgerctl whoami", "ledgerctl whoami --profile prod"]
)
def whoami(session: Session) -> None:
    """Say who you are to the service, and what you may do."""
    _show(session, session.client.user())


def _forget_kept(session: Session, name: str, former: Profile, profile: Profile) -> None:
    """Removes what was kept for a profile before it became another one."""
    if not profiles.is_kept_token(name, profile.token_file):
        profiles.forget_token(name)
    if former.token_keyring:
        try:
            keyrings.forget(keyrings.SERVICE, former.token_keyring)
        except InvalidArgument as error:
            session.tell(
                f"The former token of {name} stays in the keyring, for {former.token_keyring!r} "
                f"under {keyrings.SERVICE!r}; remove it there. {error}"
            )


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:
        raise usage(
            "--token-command has a quotation mark without its other half. Close it."
        ) from None


def _asked() -> str:
    if sys.stdin.isatty():
        token = str(click.prompt("Token", hide_input=True, err=True))
    else:
        token = sys.stdin.readline()
    if not token.strip():
        raise Failure("A token is needed: type it, or give it on stdin.", code=2)
    return token.strip()


def _user(session: Session, profile: Profile, token: str) -> GetUserResponse:
    credentials = profile.credentials()
    chosen = replace(credentials, token=token) if token else credentials
    with SyncLedgerClient(
        profile.server,
        timeout=session.timeout,
        on_notice=session.notice,
        credentials=chosen,
    ) as client:
        told: GetUserResponse = client.user()
    return told


def _show(session: Session, told: GetUserResponse) -> None:
    if session.as_json:
        session.screen.json(json_form.write(told))
        return
    if told.subject:
        name = f", {told.name}" if told.name else ""
        session.screen.show(f"{told.subject} ({told.issuer}){name}")
    else:
        session.screen.show("The service asks nobody who calls.")
    for right in told.rights:
        where = "every ledger" if right.ledger == "*" else right.ledger
        roles = ", ".join(words.word(Role.DESCRIPTOR, each) for each in right.roles)
        only = f" for {', '.join(right.parties)}" if right.parties else ""
        session.screen.show(f"  {where}: {roles}{only}")
    if not told.rights:
        session.screen.show("  You may do nothing yet. Ask who grants rights.")


COMMANDS: tuple[Command, ...] = (login, logout, show_profiles, whoami)
