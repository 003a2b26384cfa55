"""The command `ledger-service doctor`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from ledger_service import settings
from ledger_service.operating.doctor.findings import DoctorFinding, Severity, fault, ok, warning
from ledger_service.operating.options import WHERE_SETTINGS_COME_FROM, need_the_server, say
from ledger_service.operating.options import with_settings as _with_settings

_FOUND = 1


@click.command("doctor", epilog=WHERE_SETTINGS_COME_FROM)
@_with_settings()
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--all", "everything", is_flag=True, help="Tell of what is in order, too.")
def doctor(config: Path | None, form: str, *, everything: bool, **flags: Any) -> None:
    """Look for what is wrong with settings, store, keys, disks, clock, certificates, grants and
    files, and say what to do.

    It works beside a service that runs and without one, and changes nothing. Run it as the user
    of the service. Exit codes: 0 nothing is wrong, 1 a warning or a fault.

    \b
    Examples:
      ledger-service doctor
      ledger-service doctor --config /etc/ledger.toml --format json
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    from ledger_service import logging_setup  # noqa: PLC0415 - needs the server's packages

    logging_setup.configure("human", "error", tracebacks=False)
    found = [*_looked(config, flags)]
    if form == "json":
        click.echo(json.dumps([each._asdict() for each in found], indent=2))
    else:
        _tell(found, everything=everything)
    if any(each.level in (Severity.WARNING, Severity.FAULT) for each in found):
        raise SystemExit(_FOUND)


def _looked(config: Path | None, flags: dict[str, Any]) -> Iterator[DoctorFinding]:
    """Each part is looked at whatever is wrong with the others."""
    try:
        chosen = settings.load(config, os.environ, flags).settings
    except settings.SettingsRefused as refused:
        for problem in refused.problems:
            yield fault("settings", problem, "The service does not start with it.")
        return
    yield from _variables()
    from ledger_service.operating.doctor import (  # noqa: PLC0415 - needs the server's packages
        certificates,
        machine,
        users,
    )
    from ledger_service.operating.doctor.ledgers import ExaminedStore  # noqa: PLC0415
    from ledger_service.operating.doctor.running import Running, look_at_limits  # noqa: PLC0415

    now = datetime.now(UTC)
    service = Running(chosen)
    yield from service.found
    yield from machine.look_at_disks(chosen)
    yield from machine.look_at_modes(chosen)
    yield from machine.look_at_what_is_left(chosen)
    ledgers = ExaminedStore(chosen, now, runs=service.runs)
    yield from ledgers.found
    yield from ledgers.look()
    yield from service.reported(ledgers.aside)
    yield from look_at_limits(chosen, len(ledgers.names or ()), runs=service.runs)
    yield from certificates.look_at_certificates(chosen, now)
    yield from users.look_at_users(chosen, ledgers.names, now)
    yield from machine.look_at_backups(chosen, ledgers.names)


def _variables() -> Iterator[DoctorFinding]:
    unknown = settings.unknown_variables(os.environ)
    for name, nearest in unknown.items():
        told = f"The environment variable {name} is no setting, and is not read."
        yield warning("settings", told, f"Did you mean {nearest}? Else remove it.")
    if not unknown:
        yield ok("settings", "They fit one another.")


def _tell(found: list[DoctorFinding], *, everything: bool) -> None:
    """The worst last, where it is seen on a terminal."""
    for each in sorted(found, key=lambda finding: [*Severity].index(finding.level)):
        if each.level is Severity.OK and not everything:
            continue
        say(f"{each.level:8} {each.part}: {each.text}")
        if each.remedy:
            say(f"         {each.remedy}")
    wrong = sum(each.level in (Severity.WARNING, Severity.FAULT) for each in found)
    fine = sum(each.level is Severity.OK for each in found)
    said = "Nothing is wrong" if not wrong else f"To be mended: {wrong}"
    say(f"{said}. In order: {fine}{'' if everything else ' (--all tells of them)'}.")
