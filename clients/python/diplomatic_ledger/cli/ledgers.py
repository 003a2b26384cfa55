"""`ledgerctl ledgers`: which ledgers there are, and a new one."""

from __future__ import annotations

from datetime import UTC, datetime

import click
from rich.console import RenderableType

from diplomatic_ledger import json_form
from diplomatic_ledger.cli.asking import DAY
from diplomatic_ledger.cli.commands import PLAIN, Group
from diplomatic_ledger.cli.screen import table
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.v1.ledger_service_pb2 import LedgerInfo, ServiceProblem


@click.group(
    "ledgers",
    cls=Group,
    invoke_without_command=True,
    examples=[
        "ledgerctl ledgers",
        'ledgerctl ledgers create my-talks --title "Talks between A and B"',
        "ledgerctl ledgers --format json",
    ],
)
@click.pass_context
def ledgers(context: click.Context) -> None:
    """List the ledgers and what is wrong with them, or create one. --ledger lists that one
    only.
    """
    if context.invoked_subcommand is None:
        _list(context.ensure_object(Session))


def _list(session: Session) -> None:
    named, asked = session.ledger_name, datetime.now(UTC)
    found = [session.client.ledger(named)] if named else session.client.ledgers().all()
    if named:
        session.tell(f"Only {named}, as --ledger or LEDGERCTL_LEDGER says.")
    problems = _problems(session)
    if session.as_json:
        session.screen.json(
            {
                "ledgers": [json_form.write(info) for info in found],
                "problems": [json_form.write(problem) for problem in problems],
            }
        )
        return
    if found:
        session.screen.show(ledgers_table(found))
        for info in found:
            if info.distrusted:
                session.screen.show(f"{info.ledger} is read only. {info.distrusted}")
            if info.untold:
                session.screen.show(f"{info.ledger} is only named. {info.untold}")
    elif not problems:
        session.screen.note(
            "No ledger yet. Create one with: "
            + session.command("ledgers create", "NAME", "--title", "TITLE", of_ledger=False)
        )
    told = {("trust", info.ledger) for info in found if info.distrusted}
    told |= {("opening", info.ledger) for info in found if info.untold}
    for problem in problems:
        if (problem.part, problem.ledger) not in told:  # else it stands there
            session.screen.show(f"{problem.ledger or 'The service'}: {problem.text}")
    session.screen.note("")
    session.screen.rests_on(f"asked on {asked:%Y-%m-%d at %H:%M} UTC")


def _problems(session: Session) -> list[ServiceProblem]:
    """What is wrong with the ledgers that are listed, and with the service."""
    named = session.ledger_name
    return [
        problem
        for problem in session.client.server_info().problems
        if not named or problem.ledger in ("", named)
    ]


def ledgers_table(found: list[LedgerInfo]) -> RenderableType:
    return table(
        [
            ("ledger", "id"),
            ("title", "text"),
            ("opens on", "word"),
            ("records", "number"),
            ("signed", "number"),
        ],
        [
            (
                info.ledger,
                info.title,
                info.opens_on,
                "" if info.untold else str(info.position),
                "" if info.untold else str(info.checkpoint_position),
            )
            for info in found
        ],
    )


@ledgers.command(
    "create",
    formats=PLAIN,
    examples=[
        'ledgerctl ledgers create my-talks --title "Talks between A and B"',
        'ledgerctl ledgers create talks --title "The talks" --opens-on 2017-01-01',
    ],
)
@click.argument("name", metavar="LEDGER")
@click.option("--title", required=True, help="Title for people.")
@click.option("--purpose", default="", help="What the ledger is kept for.")
@click.option(
    "--opens-on", type=DAY, metavar="DAY", help="The first day that the ledger looks at."
)
@click.pass_obj
def create(session: Session, name: str, title: str, purpose: str, opens_on: str | None) -> None:
    """Open a new ledger. One with the same name and content is left as it is."""
    info = session.client.create_ledger(name, title, purpose=purpose, opens_on=opens_on)
    if session.as_json:
        session.screen.json(json_form.write(info))
        return
    session.screen.show(f"The ledger {info.ledger} is open, at position {info.position}.")
    session.screen.line(f"Verification key: {info.verification_key}")


COMMANDS = (ledgers,)
