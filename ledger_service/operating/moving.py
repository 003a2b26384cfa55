"""The commands `ledger-service migrate` and `ledger-service copy`, which work on whole logs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from ledger_service.operating.options import (
    give_up,
    in_sentences,
    keep_private,
    load,
    need_the_server,
    note,
    place,
    say,
    with_settings,
)
from ledger_service.settings import database, shown

_NEEDED = 1


@click.command("migrate")
@click.option("--check", is_flag=True, help="Only say what is to be done; exit code 1 if any.")
@with_settings(("data_dir", "keys_dir", "store"))
def migrate(config: Path | None, check: bool, **flags: Any) -> None:
    """Bring the tables of all logs up to date, and say what that does.

    The service does the same by itself when it starts. Records are never rewritten. A log
    that cannot be read is named at the end, exit code 1, and the others are brought up to
    date. No key is used: --keys-dir is taken so that the same flags fit all commands.

    \b
    Examples:
      ledger-service migrate --check
      ledger-service migrate --store postgresql://ledger@db.example.org/ledgers
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    keep_private()
    from ledger_service.application import moving  # noqa: PLC0415 - needs the server extra
    from ledger_service.operating.reach import check_folder  # noqa: PLC0415

    chosen = load(config, flags).settings
    with in_sentences(_NEEDED):
        if chosen.store == "sqlite":
            check_folder(chosen.data_dir)
        logs = moving.store(chosen.store, chosen.data_dir)
        found = list(moving.pending(logs))
    needed = [each for each in found if each.steps]
    problems = [f"{each.ledger}: {each.problem}" for each in found if each.problem]
    for ledger, steps, _ in needed:
        for step in steps:
            say(f"{ledger}: version {step.version} {step.does}.")
        if not check and (problem := moving.migrate(logs, ledger)):
            problems.append(f"{ledger}: {problem}")
    if not (needed and check) and (len(found) > len(problems) or not found):
        say(_up_to_date(len(found) - len(problems), place(chosen)))
    if problems:
        give_up(*problems, code=_NEEDED)
    if needed and check:
        raise SystemExit(_NEEDED)


def _up_to_date(count: int, where: str) -> str:
    if not count:
        return f"There is no ledger in {where}."
    if count == 1:
        return f"1 ledger in {where} is up to date."
    return f"{count} ledgers in {where} are up to date."


@click.command("copy")
@click.option("--from", "source", required=True, metavar="sqlite:DATA_DIR/LEDGER")
@click.option("--to", "target", required=True, metavar="postgresql://...")
def copy(source: str, target: str) -> None:
    """Copy a ledger from a data folder into a PostgreSQL database, and check both.

    The copy has the same positions, times, hashes and checkpoints. Repeat an interrupted
    copy: it goes on where it stopped. One that is whole is only checked. Afterwards let
    nobody record in the old one.

    \b
    Examples:
      ledger-service copy --from sqlite:/var/lib/ledger/us-dprk-2018 \\
        --to postgresql://ledger@db.example.org/ledgers
    """  # noqa: D301 - \b is meant: it keeps the lines
    found = re.fullmatch(r"sqlite:(.+)/([a-z0-9-]+)", source)
    if found is None:
        give_up(f"--from is {str(shown(source))!r}; give sqlite:DATA_DIR/LEDGER.")
    try:
        database(target)
    except ValueError as error:
        give_up(f"--to is {str(shown(target))!r}; {error}.")
    need_the_server()
    keep_private()
    from ledger_service.application import moving  # noqa: PLC0415 - needs the server extra

    last = 0
    with in_sentences(_NEEDED):
        for doing, last in moving.copy(Path(found[1]), found[2], target):
            note(f"{doing} up to position {last}")
    say(f"{last} records lie in both, with the same hashes.")


COMMANDS = (migrate, copy)
