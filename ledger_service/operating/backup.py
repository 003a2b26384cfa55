"""The commands `ledger-service backup`, `restore` and `rebuild`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ledger_service.operating.groups import Group
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

if TYPE_CHECKING:
    from ledger_service.application.restoring import Drill, Place
    from ledger_service.persistence.backup.sets import BackupSet

_REFUSED = 1
_OLDER = 3
_WHERE = ("data_dir", "keys_dir", "store", "origin_base", "admin_socket", "checkpoint_seconds")
_MAKING = (*_WHERE, "backup_dir", "backup_whole_days", "backup_keep")
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)

Told = TypeVar("Told")


def _passphrase_file(command: Any) -> Any:
    return click.option(
        "--passphrase-file",
        type=_FILE,
        help="File whose first line is the passphrase of the encrypted keys.",
    )(command)


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
@_passphrase_file
@with_settings(_MAKING)
def make_backup(
    config: Path | None,
    ledgers: tuple[str, ...],
    folder: Path | None,
    whole: bool,
    keep: int,
    without_sealed: bool,
    with_keys: bool,
    passphrase_file: Path | None,
    **flags: Any,
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
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    keep_private()
    from ledger_service import logging_setup  # noqa: PLC0415 - needs the server's packages
    from ledger_service.application import keys_apart  # noqa: PLC0415 - needs the server extra
    from ledger_service.persistence.backup.keys_file import check_passphrase  # noqa: PLC0415

    logging_setup.configure("human", "error", tracebacks=False)
    chosen = load(config, flags).settings
    if folder is None and chosen.backup_dir is None:
        give_up("give the folder of backups with --to, or the setting backup_dir.")
    fields = {
        "folder": str(folder.absolute()) if folder is not None else "",
        "whole": whole,
        "keep": keep,
        "without_sealed": without_sealed,
    }
    with in_sentences(_REFUSED):
        passphrase = _passphrase(passphrase_file, new=True) if with_keys else b""
        if with_keys:
            check_passphrase(passphrase)
        names = list(ledgers) or asyncio.run(_ledgers_at_home(chosen))
        problems = [
            f"{name}: {problem}"
            for name in names
            if (problem := asyncio.run(_back_up(chosen, name, fields)))
        ]
        for name in names if with_keys else ():
            path = keys_apart.put(
                chosen.keys_dir, name, folder or chosen.backup_dir or Path(), passphrase
            )
            say(f"{name}: its keys are in {path}, encrypted.")
    if problems:
        give_up(*problems, code=_REFUSED)


async def _all_ledgers(chosen: Any) -> list[str]:
    from ledger_service.operating.reach import ask  # noqa: PLC0415 - needs the server extra

    shown = await ask(chosen, "ShowLedgers", {})
    left_out = [*shown.lost, *shown.left_out]
    return sorted(each.ledger for each in [*shown.ledgers, *left_out])


async def _ledgers_at_home(chosen: Any) -> list[str]:
    """All ledgers but those that record nothing here, as the schedule of the service has it.
    Says what is left out.
    """
    from ledger_service.operating.reach import ask  # noqa: PLC0415 - as above

    shown = await ask(chosen, "ShowLedgers", {})
    names = {each.ledger for each in (*shown.lost, *shown.left_out)}
    for each in shown.ledgers:
        if each.not_recording:
            note(f"{each.ledger} is not backed up: {each.not_recording}")
        else:
            names.add(each.ledger)
    if not names and not shown.ledgers:
        say(f"There is no ledger in {place(chosen)}.")
    return sorted(names)


async def _back_up(chosen: Any, name: str, fields: dict[str, Any]) -> str:
    """Backs up one ledger, and says what was made. Returns why it could not be done."""
    from ledger_service.domain.values.refusals import LedgerError  # noqa: PLC0415 - as above
    from ledger_service.operating.reach import follow  # noqa: PLC0415 - as above

    steps = follow(chosen, "BackUpLedger", {"ledger": name, **fields})
    problem = ""
    try:
        with _progress(f"backing up {name}") as shown:
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


def _sources(command: Any) -> Any:
    """The options of what is read from a set."""
    for option in (
        click.option(
            "--set", "at", default="", metavar="NAME", help="A set other than the newest."
        ),
        click.option(
            "--checkpoint",
            "checkpoints",
            multiple=True,
            type=_FILE,
            help="A checkpoint that somebody kept, to hold the set against.",
        ),
        click.option(
            "--key",
            "keys",
            multiple=True,
            metavar="KEY",
            help="A verification key of the ledger, where its keys are not here.",
        ),
        click.option(
            "--key-file",
            "key_files",
            multiple=True,
            type=_FILE,
            help="A file of such keys, as `ledger-service key show` prints it.",
        ),
    ):
        command = option(command)
    return command


@backup.command("verify")
@click.argument("ledgers", nargs=-1, metavar="[LEDGER]...")
@click.option(
    "--from", "folder", type=_FOLDER, required=True, help="Folder of backups, or a set."
)
@_sources
@click.option(
    "--work", type=_FOLDER, help="Where to rebuild logs for a while; default: TMPDIR."
)
@click.option("--with-keys", is_flag=True, help="Check the encrypted keys too.")
@_passphrase_file
@with_settings(("data_dir", "keys_dir", "store"))
def verify_backup(
    config: Path | None,
    ledgers: tuple[str, ...],
    folder: Path,
    at: str,
    checkpoints: tuple[Path, ...],
    keys: tuple[str, ...],
    key_files: tuple[Path, ...],
    work: Path | None,
    with_keys: bool,
    passphrase_file: Path | None,
    **flags: Any,
) -> None:
    """Restore backups aside, and check all of it.

    This is the drill for a restore, in a folder that is thrown away: the log is rebuilt by the same code, every record is
    hashed again, and the whole is held against the checkpoint of the set, against what was
    last signed beside the keys, and against checkpoints that somebody kept. Neither the
    service nor its keys are needed, but without keys nothing says whose log it is.

    Exit code 1 when anything does not fit.

    \b
    Examples:
      ledger-service backup verify --from /backup/ledgers
      ledger-service backup verify --from /backup/ledgers us-dprk-2018 --checkpoint kept.txt
      ledger-service backup verify --from /backup/ledgers us-dprk-2018 --key-file us-dprk-2018.vkey
    """  # noqa: D301 - \b is meant: it keeps the lines
    where = _place(config, flags)
    from ledger_service.application import restoring  # noqa: PLC0415 - needs the server extra

    problems: list[str] = []
    with in_sentences(_REFUSED):
        passphrase = _passphrase(passphrase_file) if with_keys else None
        keys += _keys_in(key_files)
        for each in restoring.found_in(folder, ledgers, at):
            problems += _verified(each, where, checkpoints, keys, work)
            if passphrase is not None:
                problems += _keys_verified(each, passphrase)
    if problems:
        give_up(*problems, code=_REFUSED)


def _verified(
    each: BackupSet,
    where: Place,
    checkpoints: tuple[Path, ...],
    keys: tuple[str, ...],
    work: Path | None,
) -> list[str]:
    """Verifies a set, and says what was found. Returns what is wrong."""
    from ledger_service.application import restoring  # noqa: PLC0415 - as above
    from ledger_service.persistence.backup.sets import SetUnusable  # noqa: PLC0415 - as above

    try:
        manifest = each.manifest()
        anchors = restoring.kept_elsewhere(where, manifest, checkpoints, keys)
        drill = restoring.Drill(each, anchors)
        _show(drill.run(work), manifest.ledger)
    except SetUnusable as unusable:
        return [f"{each.folder}: {unusable}"]
    if drill.verdict.findings:
        return [f"{each.folder}: {finding}" for finding in drill.verdict.findings]
    say(f"{manifest.ledger}: {_told(each, drill)}")
    if not anchors.keys:
        say(
            "    Nothing here says whose log it is: it was held against the keys that it names "
            "itself. Name the folder of keys with --keys-dir, or keys with --key or --key-file."
        )
    if drill.verdict.newer:
        say(f"    {drill.verdict.newer} records more were signed since.")
    return []


def _keys_verified(each: BackupSet, passphrase: bytes) -> list[str]:
    """Says whether the encrypted keys are those that the set needs. Returns what is wrong."""
    from ledger_service.application import keys_apart  # noqa: PLC0415 - as above
    from ledger_service.domain.values.refusals import LedgerError  # noqa: PLC0415 - as above

    try:
        manifest = each.manifest()
        lacking = keys_apart.missing(manifest, each.folder.parent, passphrase)
    except LedgerError as error:
        return [f"{each.folder.parent}: {error}"]
    if lacking:
        return [f"{each.folder.parent}: the encrypted keys lack {key}." for key in lacking]
    say(f"{manifest.ledger}: the encrypted keys open, and are those that sign.")
    return []


@click.command("restore")
@click.argument("ledgers", nargs=-1, metavar="[LEDGER]...")
@click.option(
    "--from", "folder", type=_FOLDER, required=True, help="Folder of backups, or a set."
)
@_sources
@click.option(
    "--with-keys", is_flag=True, help="Restore the encrypted keys into keys_dir first."
)
@_passphrase_file
@with_settings(("data_dir", "keys_dir", "store"))
def restore(
    config: Path | None,
    ledgers: tuple[str, ...],
    folder: Path,
    at: str,
    checkpoints: tuple[Path, ...],
    keys: tuple[str, ...],
    key_files: tuple[Path, ...],
    with_keys: bool,
    passphrase_file: Path | None,
    **flags: Any,
) -> None:
    """Restore ledgers from backups, all if none is named.

    The keys must be in keys_dir; --with-keys puts them there. Each set is verified as by `backup verify` before anything is
    put in place, and nothing is ever overwritten: move away what is there. For ledgers in
    files the service must be stopped. A restored ledger serves reads only, until you say that
    it goes on here: the command tells you how.

    Exit code 1 when a ledger was not restored; 3 when all were, and one is older than what is
    known to have been signed.

    \b
    Examples:
      ledger-service restore --from /backup/ledgers
      ledger-service restore --from /backup/ledgers us-dprk-2018 --checkpoint kept.txt
      ledger-service restore --from /backup/ledgers --store postgresql://ledger@db/ledgers
    """  # noqa: D301 - \b is meant: it keeps the lines
    where = _place(config, flags)
    from ledger_service.application import keys_apart, restoring  # noqa: PLC0415 - as above
    from ledger_service.domain.values.refusals import LedgerError  # noqa: PLC0415 - as above

    problems, is_older = list[str](), False
    with in_sentences(_REFUSED):
        passphrase = _passphrase(passphrase_file) if with_keys else None
        keys += _keys_in(key_files)
        for each in restoring.found_in(folder, ledgers, at):
            try:
                manifest = each.manifest()
                if passphrase is not None:
                    keys_apart.take(
                        manifest.ledger, each.folder.parent, where.keys_dir, passphrase
                    )
                anchors = restoring.kept_elsewhere(where, manifest, checkpoints, keys)
                drill = restoring.Drill(each, anchors)
                _show(restoring.restore(where, drill, anchors), manifest.ledger)
            except LedgerError as error:
                problems.append(f"{each.folder}: {error} Nothing was put in place.")
                continue
            say(f"{manifest.ledger}: {_told(each, drill)} It is restored.")
            is_older |= _say_what_comes_next(drill)
        if not problems and (count := restoring.restore_users(folder, where)):
            say(f"Users by whom the authors of records are known are restored: {count}.")
    if problems:
        give_up(*problems, code=_REFUSED)
    if is_older:
        raise SystemExit(_OLDER)


def _say_what_comes_next(drill: Drill) -> bool:
    """Says what to do with a restored ledger. Returns whether records of it are lost."""
    name, verdict = drill.manifest.ledger, drill.verdict
    for _ in drill.manifest.forgotten:
        say("    A sealed value was erased after this set: settle it with erase --lost.")
    if not drill.manifest.sealed:
        say(
            "    The set has no values of sealed fields: settle each of them with "
            "ledger-service erase --lost, or restore a set with them."
        )
    if verdict.newer and verdict.newest is not None:
        missing = "record at least is" if verdict.newer == 1 else "records at least are"
        note(
            f"ATTENTION: {name} was signed up to position {verdict.newest.checkpoint.size}, and "
            f"this backup ends at {drill.manifest.position}: {verdict.newer} {missing} "
            "missing. Look for a newer backup, a replica, or the old disk before anything "
            f"else. If they are lost: ledger-service ledger adopt {name}, then ledger-service "
            f'ledger succeed {name} --reason "..."'
        )
        return True
    say(
        "    Nothing newer is known to have been signed. Others may keep a newer checkpoint: "
        f"hold it against the log with --checkpoint. To go on here: ledger-service ledger "
        f"adopt {name}"
    )
    return False


@click.command("rebuild")
@click.argument("ledgers", nargs=-1, metavar="[LEDGER]...")
@with_settings(_WHERE)
def rebuild(config: Path | None, ledgers: tuple[str, ...], **flags: Any) -> None:
    """Build views anew, of all ledgers if none is named.

    Views are derived: nothing can be lost. While the service runs, questions of a ledger wait
    until its views are whole again.

    \b
    Examples:
      ledger-service rebuild
      ledger-service rebuild us-dprk-2018 --data-dir /var/lib/ledger
    """  # noqa: D301 - \b is meant: it keeps the lines
    need_the_server()
    keep_private()
    from ledger_service import logging_setup  # noqa: PLC0415 - needs the server's packages

    logging_setup.configure("human", "error", tracebacks=False)
    chosen = load(config, flags).settings
    with in_sentences(_REFUSED):
        for name in list(ledgers) or asyncio.run(_all_ledgers(chosen)):
            position = asyncio.run(_rebuilt(chosen, name))
            say(f"{name}: the views are whole, up to position {position}.")


async def _rebuilt(chosen: Any, name: str) -> int:
    from ledger_service.operating.reach import follow  # noqa: PLC0415 - as above

    position = 0
    with _progress(f"rebuilding the views of {name}") as shown:
        async for each in follow(chosen, "RebuildViews", {"ledger": name}):
            position = each.position
            shown(position, each.upto)
    return position


def _passphrase(file: Path | None, *, new: bool = False) -> bytes:
    """The passphrase, from a file or asked for; never from the command line."""
    if file is not None:
        lines = file.read_bytes().splitlines()
        return lines[0] if lines else b""
    if not sys.stdin.isatty():
        give_up("give the passphrase of the keys with --passphrase-file.")
    asked = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    return str(asked).encode()


def _keys_in(files: tuple[Path, ...]) -> tuple[str, ...]:
    """The keys in files, one a line, without empty lines and remarks. Raises OSError."""
    lines = [
        line.strip()
        for file in files
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    return tuple(line for line in lines if line and not line.startswith("#"))


def _place(config: Path | None, flags: dict[str, Any]) -> Place:
    need_the_server()
    keep_private()
    from ledger_service import logging_setup  # noqa: PLC0415 - needs the server's packages
    from ledger_service.application.restoring import Place  # noqa: PLC0415 - as above

    logging_setup.configure("human", "error", tracebacks=False)
    chosen = load(config, flags).settings
    return Place(chosen.data_dir, chosen.keys_dir, chosen.store)


def _told(each: BackupSet, drill: Drill) -> str:
    manifest = drill.manifest
    return (
        f"{manifest.position} records of the set {each.name} fit, the last of "
        f"{manifest.recorded_at}; each was hashed again, and the checkpoint over them is signed."
    )


def _show(steps: Iterator[Any], name: str) -> None:
    doing = ""
    bars: list[Any] = []
    try:
        for step in steps:
            if step.doing != doing:
                doing = step.doing
                if bars:
                    bars.pop().__exit__(None, None, None)
                bar = _progress(f"{name}: {doing}")
                shown = bar.__enter__()
                bars.append(bar)
            shown(step.done, step.upto)
    finally:
        for bar in bars:
            bar.__exit__(None, None, None)


@contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Shows on a terminal how far something is."""
    if not sys.stderr.isatty():
        yield lambda _done, _upto: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def show(done: int, upto: int) -> None:
            bar.length = max(1, upto)
            bar.update(max(0, done - bar.pos))

        yield show


def _bytes(count: int) -> str:
    size, unit = float(count), "B"
    for unit in ("B", "KB", "MB", "GB", "TB"):  # noqa: B007 - the last one counts
        if size < 1000:
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"


COMMANDS = (backup, restore, rebuild)
