"""The commands `ledger-service token`, `grant`, `user` and `tls`: who may call, and what they
may do. Tokens and grants are files that a running service looks at by itself; with a profile its
AccessService changes them.
"""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ledger_service.harmless import harmless_line
from ledger_service.operating.groups import Group
from ledger_service.operating.ledger_access import REFUSED as _REFUSED
from ledger_service.operating.ledger_access import LedgerAccess, operator, reaching
from ledger_service.operating.options import (
    give_up,
    in_sentences,
    keep_private,
    need_the_server,
    note,
    say,
)

if TYPE_CHECKING:
    from ledger_service.access.roles import Grant


class RightsAccess(LedgerAccess):
    """Asks AccessService: of this process, which changes the files of the access folder; with a
    profile, of the service that it names.
    """

    @property
    def place(self) -> str:
        """Where tokens and grants are."""
        return super().place if self.profile is not None else str(self._folder)

    @property
    def jwt_issuer(self) -> str:
        """As the settings here say it; empty where it is not known."""
        return self.settings.jwt_issuer if self.profile is None else ""

    def all(self, method: str, items: str, **fields: Any) -> Iterator[Any]:
        """What a method lists, page by page."""
        page_token = ""
        while True:
            page = self.ask(method, page_token=page_token, **fields)
            yield from getattr(page, items)
            if not (page_token := page.next_page_token):
                return

    def change(self, method: str, **fields: Any) -> Any:
        """The response of a method that changes something. Says in which trail it was told,
        where that may be another one than that of the service.
        """
        changed = self.ask(method, **fields)
        if getattr(changed, "was_there", False):
            note("This was granted before, and nothing was changed.")
        elif self.profile is None and self.loaded.origins["data_dir"] == "default":
            path = self.settings.data_dir / self.settings.trail_file
            note(
                f"Told in the trail {path}. If the service has another data folder, name it with "
                "--data-dir, so that its trail tells of it."
            )
        return changed

    def _answer_here(self, method: str, fields: Mapping[str, Any]) -> Coroutine[Any, Any, Any]:
        from ledger_service.operating.reach import change_access  # noqa: PLC0415 - as below

        self._folder  # noqa: B018 - it must be named
        return change_access(self.settings, method, fields)

    @property
    def _folder(self) -> Path:
        folder = self.settings.access_dir
        if folder is None:
            give_up(
                "Name the access folder with --access-dir, or the setting access_dir; or a service "
                "on another machine with --profile."
            )
        return folder


_rights = reaching(RightsAccess, ("access_dir", "data_dir", "trail_file"))


@click.group(cls=Group)
def token() -> None:
    """Make, list and revoke bearer tokens of the service's own.

    \b
    Examples:
      ledger-service token add newsroom --access-dir /etc/ledger/access
      ledger-service token list --access-dir /etc/ledger/access
      ledger-service token list --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines


@token.command("add")
@click.argument("subject")
@click.option("--name", default="", help="Name of the user, for people.")
@click.option(
    "--days", type=click.IntRange(1, 3650), help="How long it lasts. Default: until revoked."
)
@_rights
def add_token(access: RightsAccess, subject: str, name: str, days: int | None) -> None:
    """Make a token for a user, and show it: it is shown once.

    The user is known as SUBJECT, with the issuer `token`, and may do what grants say.

    \b
    Examples:
      ledger-service token add newsroom --name "The newsroom" --days 365
      ledger-service token add newsroom --days 365 --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    from ledger_service.access.tokens import check_user  # noqa: PLC0415
    from ledger_service.domain.values.refusals import Invalid  # noqa: PLC0415

    try:
        check_user(subject, name)
    except Invalid as wrong:
        give_up(*(each.problem for each in wrong.violations))
    made = access.change("AddToken", subject=subject, name=name, days=days or 0)
    say(made.text)
    note(f"Keep it: it is not shown again. The token {made.token.prefix} is of {subject}.")


@token.command("list")
@_rights
def list_tokens(access: RightsAccess) -> None:
    """List the tokens: prefix, user, when made, until when.

    \b
    Examples:
      ledger-service token list --access-dir /etc/ledger/access
      ledger-service token list --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    found = list(access.all("ListTokens", "tokens"))
    if not found:
        note(f"There are no tokens in {access.place}.")
    for each in found:
        until = f"until {_moment(each.expires_at)}"
        lasts = until if each.HasField("expires_at") else "until revoked"
        name = f" ({each.name})" if each.name else ""
        told = f"{each.prefix}  {each.subject}{name}  made {_moment(each.made_at)}  {lasts}"
        say(harmless_line(told))


def _moment(told: Any) -> str:
    return str(told.ToDatetime(UTC).isoformat(timespec="seconds"))


@token.command("revoke")
@click.argument("prefix")
@_rights
def revoke_token(access: RightsAccess, prefix: str) -> None:
    """Revoke a token. A running service refuses it within a second or two.

    \b
    Examples:
      ledger-service token revoke dlt_4zq1k9x2ab
      ledger-service token revoke dlt_4zq1k9x2ab --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    access.change("RevokeToken", prefix=prefix)
    say(f"The token {prefix} is revoked.")


@click.group(cls=Group)
def grant() -> None:
    """Say who may do what in which ledger.

    \b
    Examples:
      ledger-service grant add newsroom --ledger us-dprk-2018 --role recorder
      ledger-service grant list
      ledger-service grant list --ledger us-dprk-2018 --profile ops
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
@_rights
def add_grant(
    access: RightsAccess, subject: str, ledger: str, issuer: str, **more: Any
) -> None:
    """Grant roles to a user in a ledger, beside those that the user has.

    Roles: reader, recorder, verifier, cleared, auditor, steward, admin.

    \b
    Examples:
      ledger-service grant add newsroom --ledger us-dprk-2018 --role recorder --party dprk
      ledger-service grant add ops --issuer certificate --ledger '*' --role admin
      ledger-service grant add newsroom --ledger us-dprk-2018 --role reader --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    from ledger_service.access import grants_file  # noqa: PLC0415
    from ledger_service.access.users import CERTIFICATES, TOKENS  # noqa: PLC0415
    from ledger_service.api.messages.access import grant as message  # noqa: PLC0415
    from ledger_service.domain.values.refusals import Invalid  # noqa: PLC0415

    try:
        made = grants_file.grant(issuer, subject, ledger, more["roles"], more["parties"])
    except Invalid as wrong:
        give_up(*(each.problem for each in wrong.violations))
    asked = message(made)
    access.change(
        "AddGrant",
        issuer=issuer,
        subject=subject,
        ledger=ledger,
        roles=asked.roles,
        parties=asked.parties,
    )
    say(f"{made}.")
    if issuer not in (TOKENS, CERTIFICATES, access.jwt_issuer):
        note(
            f"The issuer {issuer!r} is neither {TOKENS} nor {CERTIFICATES}: this grant gives "
            "something only where it is the jwt_issuer of the service."
        )


@grant.command("list")
@click.option(
    "--ledger",
    default="*",
    metavar="LEDGER",
    help="Only what holds in this ledger: grants in it, and in every one.",
)
@_rights
def list_grants(access: RightsAccess, ledger: str) -> None:
    """List all grants.

    \b
    Examples:
      ledger-service grant list --access-dir /etc/ledger/access
      ledger-service grant list --ledger us-dprk-2018 --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    found = _kept(access.all("ListGrants", "grants", ledger=ledger))
    if not found:
        note(f"There are no grants in {access.place}.")
    for each in found:
        say(harmless_line(f"{each}."))


@grant.command("revoke")
@_whom
@_rights
def revoke_grants(access: RightsAccess, subject: str, ledger: str, issuer: str) -> None:
    """Take back all roles that a user has in a ledger.

    What was granted in every ledger stays, unless the ledger is *.

    \b
    Examples:
      ledger-service grant revoke newsroom --ledger us-dprk-2018
      ledger-service grant revoke newsroom --ledger us-dprk-2018 --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    gone = _kept(
        access.change("RevokeGrants", issuer=issuer, subject=subject, ledger=ledger).grants
    )
    for each in gone:
        say(harmless_line(f"Taken back: {each}."))
    if _are_admins(gone) and not _are_admins(
        _kept(access.all("ListGrants", "grants", ledger="*"))
    ):
        note(
            "Nobody is an admin of every ledger over the network any more. On this machine the "
            "operator needs no grant."
        )


def _kept(told: Iterable[Any]) -> list[Grant]:
    from ledger_service.api.messages.access import kept_grant  # noqa: PLC0415 - as above

    return [kept_grant(each) for each in told]


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
        say(harmless_line(f"{each.author}  {each.subject} ({each.issuer}){name}"))


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
