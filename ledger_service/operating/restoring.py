"""The commands that rebuild a log from a backup: `ledger-service backup verify`, aside and for a
while, and `restore`, to put it in place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

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
from ledger_service.operating.passphrases import passphrase_in, passphrase_option
from ledger_service.operating.progress import progress

if TYPE_CHECKING:
    from ledger_service.application.restoring import Drill, RestoreTarget
    from ledger_service.persistence.backup.sets import BackupSet

_REFUSED = 1
_OLDER = 3
_FOLDER = click.Path(path_type=Path, file_okay=False)
_FILE = click.Path(path_type=Path, dir_okay=False)


def _sources(command: Any) -> Any:
    """The options of what is read from a set."""
    options = (
        click.option(
            "--from", "folder", type=_FOLDER, required=True, help="Folder of backups, or a set."
        ),
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
    )
    # The one that is put on last is the first one in the help.
    for option in reversed(options):
        command = option(command)
    return command


@click.command("verify")
@click.argument("ledgers", nargs=-1, metavar="[LEDGER]...")
@_sources
@click.option(
    "--work", type=_FOLDER, help="Where to rebuild logs for a while; default: TMPDIR."
)
@click.option("--with-keys", is_flag=True, help="Check the encrypted keys too.")
@passphrase_option
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
        passphrase = passphrase_in(passphrase_file) if with_keys else None
        keys += _keys_in(key_files)
        for each in restoring.found_in(folder, ledgers, at):
            problems += _verified(each, where, checkpoints, keys, work)
            if passphrase is not None:
                problems += _keys_verified(each, passphrase)
    if problems:
        give_up(*problems, code=_REFUSED)


def _verified(
    each: BackupSet,
    where: RestoreTarget,
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
@_sources
@click.option(
    "--with-keys", is_flag=True, help="Restore the encrypted keys into keys_dir first."
)
@passphrase_option
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
        passphrase = passphrase_in(passphrase_file) if with_keys else None
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


def _keys_in(files: tuple[Path, ...]) -> tuple[str, ...]:
    """The keys in files, one a line, without empty lines and remarks. Raises OSError."""
    lines = [
        line.strip()
        for file in files
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines()
    ]
    return tuple(line for line in lines if line and not line.startswith("#"))


def _place(config: Path | None, flags: dict[str, Any]) -> RestoreTarget:
    need_the_server()
    keep_private()
    from ledger_service import logging_setup  # noqa: PLC0415 - needs the server's packages
    from ledger_service.application.restoring import RestoreTarget  # noqa: PLC0415 - as above

    logging_setup.configure("human", "error", tracebacks=False)
    chosen = load(config, flags).settings
    return RestoreTarget(chosen.data_dir, chosen.keys_dir, chosen.store)


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
                bar = progress(f"{name}: {doing}")
                shown = bar.__enter__()
                bars.append(bar)
            shown(step.done, step.upto)
    finally:
        for bar in bars:
            bar.__exit__(None, None, None)


COMMANDS = (restore,)
