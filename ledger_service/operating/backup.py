"""The command `ledger-service backup`: makes backups and lists them; `restoring.py` verifies them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from ledger_service.operating.groups import Group
from ledger_service.operating.ledger_access import OF_LEDGERS, LedgerAccess, reaching
from ledger_service.operating.ledger_access import REFUSED as _REFUSED
from ledger_service.operating.options import (
    give_up,
    in_sentences,
    need_the_server,
    note,
    say,
)
from ledger_service.operating.passphrases import passphrase_in, passphrase_option
from ledger_service.operating.progress import progress
from ledger_service.operating.restoring import verify_backup

_MAKING = (*OF_LEDGERS, "backup_dir", "backup_whole_days", "backup_keep")
_FOLDER = click.Path(path_type=Path, file_okay=False)


class _BackupGroup(Group):
    """`backup --to ...` is `backup make --to ...`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = not args or args[0] in self.commands or args[0] in ctx.help_option_names
        return super().parse_args(ctx, args if named else ["make", *args])


@click.group(cls=_BackupGroup)
def backup() -> None:
    """Back up ledgers while the service runs, list backups and verify them.

    `ledger-service backup --to FOLDER` is short for `ledger-service backup make --to FOLDER`.

    \b
    Examples:
      ledger-service backup --to /backup/ledgers
      ledger-service backup --to /backup/ledgers us-dprk-2018 --keep 4
      ledger-service backup list --from /backup/ledgers
      ledger-service backup verify --from /backup/ledgers
    """  # noqa: D301 - \b is meant: it keeps the lines


@backup.command("make")
@click.argument("ledgers", nargs=-1, metavar="[LEDGER]...")
@click.option(
    "--to", "folder", type=_FOLDER, help="Folder of backups; without it that of backup_dir."
)
@click.option("--whole", is_flag=True, help="Begin a new set, also if one could be added to.")
@click.option(
    "--keep", type=click.IntRange(0), default=0, help="Sets to keep of each ledger; 0: all."
)
@click.option("--without-sealed", is_flag=True, help="Leave out the values of sealed fields.")
@click.option(
    "--with-keys",
    is_flag=True,
    help="Put the signing keys beside the sets, encrypted with a passphrase.",
)
@passphrase_option
@reaching(LedgerAccess, _MAKING)
def make_backup(
    access: LedgerAccess,
    ledgers: tuple[str, ...],
    folder: Path | None,
    whole: bool,
    keep: int,
    without_sealed: bool,
    with_keys: bool,
    passphrase_file: Path | None,
) -> None:
    """Back up ledgers, all if none is named.

    Of all, a log that records nothing here is left out with a remark: one that another goes on for, or a copy. It does not matter whether the service runs. The first backup of a ledger begins a set with all of its records; later ones add to it
    what is new. What was erased in a ledger since is overwritten in all of its sets.

    Keys are not in it: keep them elsewhere. With --with-keys they are put beside the sets in a
    file that a passphrase encrypts, which is asked for or read from --passphrase-file. Whoever
    has both can sign as the ledger does.

    Exit code 1 when a ledger could not be backed up; its earlier backups are as they were.

    \b
    Examples:
      ledger-service backup --to /backup/ledgers
      ledger-service backup --to /backup/ledgers us-dprk-2018 --whole --keep 4
      ledger-service backup --to /safe --with-keys --passphrase-file /etc/ledger/passphrase
      ledger-service backup make us-dprk-2018 --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    access.prepare()
    from ledger_service.application import keys_apart  # noqa: PLC0415 - needs the server extra
    from ledger_service.persistence.backup.keys_file import check_passphrase  # noqa: PLC0415

    _check_folder(access, folder, with_keys=with_keys)
    fields = {
        "folder": str(folder.absolute()) if folder is not None else "",
        "whole": whole,
        "keep": keep,
        "without_sealed": without_sealed,
    }
    with in_sentences(_REFUSED):
        passphrase = passphrase_in(passphrase_file, new=True) if with_keys else b""
        if with_keys:
            check_passphrase(passphrase)
        names = list(ledgers) or _ledgers_at_home(access)
        problems = [
            f"{name}: {problem}"
            for name in names
            if (problem := asyncio.run(_back_up(access, name, fields)))
        ]
        for name in names if with_keys else ():
            chosen = access.settings
            path = keys_apart.put(
                chosen.keys_dir, name, folder or chosen.backup_dir or Path(), passphrase
            )
            say(f"{name}: its keys are in {path}, encrypted.")
    if problems:
        give_up(*problems, code=_REFUSED)


def _check_folder(access: LedgerAccess, folder: Path | None, *, with_keys: bool) -> None:
    """Ends the run where backups have no folder, or one on another machine than the ledgers."""
    if access.profile is None:
        if folder is None and access.settings.backup_dir is None:
            give_up("give the folder of backups with --to, or the setting backup_dir.")
        return
    if folder is not None:
        give_up(
            "--to names a folder of this machine, and with --profile backups go into that of the "
            "setting backup_dir of the service. Leave out --to."
        )
    if with_keys:
        give_up(
            "--with-keys needs the files of the keys. Run it on the machine of the service."
        )


def _ledgers_at_home(access: LedgerAccess) -> list[str]:
    """All ledgers but those that record nothing here, as the schedule of the service has it.
    Says what is left out.
    """
    shown = access.answer("ShowLedgers")
    names = {each.ledger for each in (*shown.lost, *shown.left_out)}
    for each in shown.ledgers:
        if each.not_recording:
            note(f"{each.ledger} is not backed up: {each.not_recording}")
        else:
            names.add(each.ledger)
    if not names and not shown.ledgers:
        say(f"There is no ledger in {access.place}.")
    return sorted(names)


async def _back_up(access: LedgerAccess, name: str, fields: dict[str, Any]) -> str:
    """Backs up one ledger, and says what was made. Returns why it could not be done."""
    from ledger_service.domain.values.refusals import LedgerError  # noqa: PLC0415 - as above

    steps = access.follow("BackUpLedger", ledger=name, **fields)
    problem = ""
    try:
        with progress(f"backing up {name}") as shown:
            async for each in steps:
                shown(each.position, each.upto)
                problem = each.problem
                made = each.backup
    except LedgerError as error:
        return str(error)
    if problem:
        return str(problem)
    say(
        f"{name}: {made.position} records are backed up in {made.path} ({_bytes(made.size_bytes)}, "
        f"{_bytes(made.added_bytes)} of them new)."
    )
    if made.forgotten:
        say(f"    {made.forgotten} erased values were overwritten in older sets.")
    for removed in made.removed:
        say(f"    The set {removed} was removed.")
    for finding in made.findings:
        say(f"    An older set is damaged: {finding}")
    return ""


@backup.command("list")
@click.option("--from", "folder", type=_FOLDER, required=True, help="Folder of backups.")
def list_backups(folder: Path) -> None:
    """List the sets of backups.

    Each is told with its last record, when it was made, and its size. Exit code 1 when one is damaged. That a set is listed does not say that its content is
    right: `ledger-service backup verify` does.

    \b
    Examples:
      ledger-service backup list --from /backup/ledgers
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    from ledger_service.application.restoring import all_in  # noqa: PLC0415 - as above
    from ledger_service.persistence.backup.sets import SetUnusable  # noqa: PLC0415 - as above

    damaged = False
    with in_sentences(_REFUSED):
        found = all_in(folder)
        for each in found:
            try:
                manifest = each.manifest()
                each.refuse_incomplete(manifest)
            except SetUnusable as unusable:
                damaged = True
                say(f"{each.folder.parent.name} {each.name}: damaged")
                say(f"    {unusable}")
            else:
                sealed = "" if manifest.sealed else ", without the values of sealed fields"
                say(
                    f"{manifest.ledger} {each.name}: {manifest.position} records, the last of "
                    f"{manifest.recorded_at}, made at {manifest.made_at}, "
                    f"{_bytes(manifest.size)}{sealed}"
                )
        if not found:
            say(f"There is no backup in {folder}.")
    if damaged:
        raise SystemExit(_REFUSED)


def _bytes(count: int) -> str:
    size, unit = float(count), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):  # noqa: B007 - the last one counts
        if size < 1000:
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


backup.add_command(verify_backup)
COMMANDS = (backup,)
