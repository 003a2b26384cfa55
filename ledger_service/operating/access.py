"""The commands `ledger-service token`, `grant`, `user` and `tls`: who may call, and what they
may do. They change files that a running service looks at by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger_service.operating.commands import LedgerAccess, operator
from ledger_service.operating.groups import Group
from ledger_service.operating.options import (
    give_up,
    in_sentences,
    keep_private,
    load,
    need_the_server,
    note,
    say,
    with_settings,
)

if TYPE_CHECKING:
    from ledger_service.access.access_files import AccessFiles
    from ledger_service.access.roles import Grant

_REFUSED = 1


def _in_folder(command: Any) -> Any:
    """Gives a command the files of the access folder, from the setting access_dir."""

    def run(config: Path | None, access_dir: str | None, **arguments: Any) -> Any:
        need_the_server()
        keep_private()
        folder = load(config, {"access_dir": access_dir}).settings.access_dir
        if folder is None:
            give_up("Name the access folder with --access-dir, or the setting access_dir.")
        from ledger_service.access.access_files import AccessFiles  # noqa: PLC0415

        with in_sentences(_REFUSED):
            return command(AccessFiles(folder), **arguments)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    return with_settings(("access_dir",))(run)


@click.group(cls=Group)
def token() -> None:
    """Make, list and revoke bearer tokens of the service's own.

    \b
    Examples:
      ledger-service token add newsroom --access-dir /etc/ledger/access
      ledger-service token list --access-dir /etc/ledger/access
    """  # noqa: D301 - \b is meant: it keeps the lines


@token.command("add")
@click.argument("subject")
@click.option("--name", default="", help="Name of the user, for people.")
@click.option(
    "--days", type=click.IntRange(1, 3650), help="How long it lasts. Default: until revoked."
)
@_in_folder
def add_token(files: AccessFiles, subject: str, name: str, days: int | None) -> None:
    """Make a token for a user, and show it: it is shown once.

    The user is known as SUBJECT, with the issuer `token`, and may do what grants say.

    \b
    Examples:
      ledger-service token add newsroom --name "The newsroom" --days 365
    """  # noqa: D301 - \b is meant: it keeps the lines
    from ledger_service.access.tokens import check_user, new_token  # noqa: PLC0415
    from ledger_service.domain.values.refusals import Invalid  # noqa: PLC0415

    try:
        check_user(subject, name)
    except Invalid as wrong:
        give_up(*(each.problem for each in wrong.violations))
    now = datetime.now(UTC)
    expires_at = now + timedelta(days=days) if days else None
    text, kept = new_token(subject, name, now, expires_at)
    files.add_token(kept)
    say(text)
    note(f"Keep it: it is not shown again. The token {kept.prefix} is of {subject}.")


@token.command("list")
@_in_folder
def list_tokens(files: AccessFiles) -> None:
    """List the tokens: prefix, user, when made, until when.

    \b
    Examples:
      ledger-service token list --access-dir /etc/ledger/access
    """  # noqa: D301 - \b is meant: it keeps the lines
    found = files.tokens()
    if not found:
        note(f"There are no tokens in {files.folder}.")
    for each in found:
        until = f"until {each.expires_at}" if each.expires_at else "until revoked"
        name = f" ({each.name})" if each.name else ""
        say(f"{each.prefix}  {each.subject}{name}  made {each.made_at}  {until}")


@token.command("revoke")
@click.argument("prefix")
@_in_folder
def revoke_token(files: AccessFiles, prefix: str) -> None:
    """Revoke a token. A running service refuses it within a second or two.

    \b
    Examples:
      ledger-service token revoke dlt_4zq1k9x2ab
    """  # noqa: D301 - \b is meant: it keeps the lines
    from ledger_service.access.refusals import TokenNotFound  # noqa: PLC0415

    try:
        files.revoke_token(prefix)
    except TokenNotFound:
        give_up(f"There is no token {prefix}. List them with: ledger-service token list")
    say(f"The token {prefix} is revoked.")


@click.group(cls=Group)
def grant() -> None:
    """Say who may do what in which ledger.

    \b
    Examples:
      ledger-service grant add newsroom --ledger us-dprk-2018 --role recorder
      ledger-service grant list
    """  # noqa: D301 - \b is meant: it keeps the lines


def _whom(command: Any) -> Any:
    command = click.option(
        "--issuer",
        default="token",
        show_default=True,
        help="Who vouches for the user: token, certificate, or the issuer of a JWT.",
    )(command)
    command = click.option(
        "--ledger", required=True, help="Name of the ledger; * for every one."
    )(command)
    return click.argument("subject")(command)


@grant.command("add")
@_whom
@click.option("--role", "roles", multiple=True, required=True, help="A role; may be repeated.")
@click.option(
    "--party",
    "parties",
    multiple=True,
    help="Of a recorder: only what this party did or promised; may be repeated.",
)
@_in_folder
def add_grant(files: AccessFiles, subject: str, ledger: str, issuer: str, **more: Any) -> None:
    """Grant roles to a user in a ledger, beside those that the user has.

    Roles: reader, recorder, verifier, cleared, auditor, steward, admin.

    \b
    Examples:
      ledger-service grant add newsroom --ledger us-dprk-2018 --role recorder --party dprk
      ledger-service grant add ops --issuer certificate --ledger '*' --role admin
    """  # noqa: D301 - \b is meant: it keeps the lines
    from ledger_service.access import grants_file  # noqa: PLC0415
    from ledger_service.domain.values.refusals import Invalid  # noqa: PLC0415

    try:
        made = grants_file.grant(issuer, subject, ledger, more["roles"], more["parties"])
    except Invalid as wrong:
        give_up(*(each.problem for each in wrong.violations))
    files.add_grant(made)
    say(f"{made}.")


@grant.command("list")
@_in_folder
def list_grants(files: AccessFiles) -> None:
    """List all grants.

    \b
    Examples:
      ledger-service grant list --access-dir /etc/ledger/access
    """  # noqa: D301 - \b is meant: it keeps the lines
    found = files.grants()
    if not found:
        note(f"There are no grants in {files.folder}.")
    for each in found:
        say(f"{each}.")


@grant.command("revoke")
@_whom
@_in_folder
def revoke_grants(files: AccessFiles, subject: str, ledger: str, issuer: str) -> None:
    """Take back all roles that a user has in a ledger.

    What was granted in every ledger stays, unless the ledger is *.

    \b
    Examples:
      ledger-service grant revoke newsroom --ledger us-dprk-2018
    """  # noqa: D301 - \b is meant: it keeps the lines
    from ledger_service.access.refusals import GrantNotFound  # noqa: PLC0415

    try:
        gone = files.revoke_grants(issuer, subject, ledger)
    except GrantNotFound:
        give_up(
            f"{subject} ({issuer}) has no grant in {ledger}. List them with: ledger-service grant list"
        )
    for each in gone:
        say(f"Taken back: {each}.")
    if _are_admins(gone) and not _are_admins(files.grants()):
        note(
            "Nobody is an admin of every ledger over the network any more. On this machine the "
            "operator needs no grant."
        )


def _are_admins(grants: Iterable[Grant]) -> bool:
    """Whether one of the grants makes somebody an admin of every ledger."""
    return any(each.ledger == "*" and "admin" in each.roles for each in grants)


@click.group(cls=Group)
def user() -> None:
    """List the users who recorded something, and forget them.

    \b
    Examples:
      ledger-service user list
      ledger-service user forget 5b2f0c6e7d8a4b1c9e3f2a1d0c4b6e8f
    """  # noqa: D301 - \b is meant: it keeps the lines


@user.command("list")
@operator
def list_users(access: LedgerAccess) -> None:
    """List users with the authors that stand for them in records.

    \b
    Examples:
      ledger-service user list --data-dir /var/lib/ledger
    """  # noqa: D301 - \b is meant: it keeps the lines
    for each in access.ask("ShowUsers").users:
        name = f"  {each.name}" if each.name else ""
        say(f"{each.author}  {each.subject} ({each.issuer}){name}")


@user.command("forget")
@click.argument("author")
@operator
def forget_user(access: LedgerAccess, author: str) -> None:
    """Forget whom an author stands for, for good. No log changes.

    Who records again is a new author. Grants, tokens, log files and backups are yours to
    clean.

    \b
    Examples:
      ledger-service user forget 5b2f0c6e7d8a4b1c9e3f2a1d0c4b6e8f
    """  # noqa: D301 - \b is meant: it keeps the lines
    if not access.ask("ForgetUser", author=author).was_there:
        give_up(
            f"No user is known as {author}. List them with: ledger-service user list",
            code=_REFUSED,
        )
    say(f"Nobody can tell any more whom {author} stood for.")


@click.group(cls=Group)
def tls() -> None:
    """Make certificates to begin with, and revoke those of clients.

    \b
    Examples:
      ledger-service tls init /etc/ledger/tls --host ledger.example.org
      ledger-service tls client /etc/ledger/tls newsroom
    """  # noqa: D301 - \b is meant: it keeps the lines


@tls.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--host",
    "hosts",
    multiple=True,
    required=True,
    help="Name or address at which clients reach the service; may be repeated.",
)
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
def init_tls(folder: Path, hosts: tuple[str, ...], days: int) -> None:
    """Make an authority of your own, a certificate for the service and one for a client.

    To begin with; an authority that others run is better in the long run. Files that are
    there stay as they are.

    \b
    Examples:
      ledger-service tls init /etc/ledger/tls --host ledger.example.org --host 10.0.0.7
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    keep_private()
    from ledger_service.access import certificate_set as made  # noqa: PLC0415

    folder = folder.resolve()  # settings are read by a service that may run elsewhere
    with in_sentences(_REFUSED):
        made.names_of(hosts)  # before anything is made
        kept = made.CertificateSet(folder)
        kept.begin(datetime.now(UTC), days)
        kept.issue_server(hosts, datetime.now(UTC), days)
        kept.issue_client("client", datetime.now(UTC), days)
    say(f"tls_certificate = {str(folder / made.SERVER)!r}")
    say(f"tls_key = {str(folder / made.SERVER_KEY)!r}")
    say(f"tls_client_ca = {str(folder / made.AUTHORITY)!r}")
    say(f"tls_revoked = {str(folder / made.REVOKED)!r}")
    note(
        f"Give clients {folder / made.AUTHORITY}, and keep {folder / made.AUTHORITY_KEY} apart."
    )
    note(
        "Leave out tls_client_ca and tls_revoked where clients have tokens in place of certificates."
    )


@tls.command("client")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("name")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True)
def issue_client(folder: Path, name: str, days: int) -> None:
    """Make a certificate for a client, by the authority of `tls init`.

    \b
    Examples:
      ledger-service tls client /etc/ledger/tls newsroom
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    keep_private()
    from ledger_service.access import certificate_set as made  # noqa: PLC0415

    with in_sentences(_REFUSED):
        subject = made.CertificateSet(folder).issue_client(name, datetime.now(UTC), days)
    say(f"{folder / name}.pem, {folder / name}.key")
    note(f"Grant with: --issuer certificate, and the subject {subject!r}.")


@tls.command("revoke")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("certificate", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def revoke_client(folder: Path, certificate: Path) -> None:
    """Put a client's certificate on the list of those that are revoked.

    \b
    Examples:
      ledger-service tls revoke /etc/ledger/tls /etc/ledger/tls/newsroom.pem
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    keep_private()
    from ledger_service.access import certificate_set as made  # noqa: PLC0415

    with in_sentences(_REFUSED):
        made.CertificateSet(folder).revoke(certificate, datetime.now(UTC))
    say(f"{certificate} is revoked.")


COMMANDS = (token, grant, user, tls)
