"""The commands `ledger-service key`, `ledger` and `erase`.

They work through the admin socket while the service runs, and without the service otherwise; with
a profile, through the network.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

import click

from ledger_service.operating.groups import Group
from ledger_service.operating.ledger_access import REFUSED as _REFUSED
from ledger_service.operating.ledger_access import LedgerAccess, operator
from ledger_service.operating.options import give_up, note, say


@click.group(cls=Group)
def key() -> None:
    """Show, rotate and retire the keys that sign a ledger.

    \b
    Examples:
      ledger-service key show us-dprk-2018
      ledger-service key rotate us-dprk-2018 --reason "Yearly change."
      ledger-service key show us-dprk-2018 --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines


@key.command("show")
@click.argument("ledger")
@operator
def show_keys(access: LedgerAccess, ledger: str) -> None:
    """Show the verification keys of a ledger, oldest first, as a file of keys.

    Verifiers need them, from you and not from the service: publish them. The output is what
    ledgerctl takes with --key-file; keys of a log that this one goes on for stand in it as
    remarks.

    \b
    Examples:
      ledger-service key show us-dprk-2018
      ledger-service key show us-dprk-2018 > us-dprk-2018.vkey
      ledger-service key show us-dprk-2018 | ledgerctl verify export --key-file -
    """  # noqa: D301 - \b is meant: it keeps the lines
    keys = access.ask("ShowKeys", ledger=ledger).keys
    current = _origin_of(keys[-1].verification_key) if keys else ""
    for each in keys:
        for line in _key_lines(each, current):
            say(line)


def _key_lines(key: Any, origin: str) -> tuple[str, str]:
    """A remark and a key. Who verifies names keys of one origin, so that of a log before is a
    remark, too.
    """
    if _origin_of(key.verification_key) != origin:
        return "# Of the log before, which this one goes on for:", f"# {key.verification_key}"
    told = "signs" if key.signs else "retired: what it signed stays valid"
    return f"# {told}", str(key.verification_key)


def _origin_of(verification_key: str) -> str:
    return verification_key.partition("+")[0]


@key.command("rotate")
@click.argument("ledger")
@click.option("--reason", required=True, help="Why; it is recorded.")
@operator
def rotate_key(access: LedgerAccess, ledger: str, reason: str) -> None:
    """Make a new key and record it. The old one goes on signing beside it.

    Publish the new key, wait until verifiers have it, then retire the old one.

    \b
    Examples:
      ledger-service key rotate us-dprk-2018 --reason "Yearly change."
    """  # noqa: D301 - \b is meant: it keeps the lines
    made = access.ask("RotateKey", ledger=ledger, reason=reason)
    say(made.verification_key)
    note(f"Recorded at position {made.position}. Both keys sign now.")


@key.command("retire")
@click.argument("ledger")
@click.argument("verification_key")
@operator
def retire_key(access: LedgerAccess, ledger: str, verification_key: str) -> None:
    """Delete the file of a key that a newer one has replaced.

    What it signed stays valid.

    \b
    Examples:
      ledger-service key retire us-dprk-2018 "$OLD_KEY"
    """  # noqa: D301 - \b is meant: it keeps the lines
    left = access.ask("RetireKey", ledger=ledger, verification_key=verification_key)
    for each in left.verification_keys:
        say(each)
    note("These sign.")


@click.group(cls=Group)
def ledger() -> None:
    """List, check, succeed and retire ledgers.

    \b
    Examples:
      ledger-service ledger list
      ledger-service ledger check us-dprk-2018
    """  # noqa: D301 - \b is meant: it keeps the lines


@ledger.command("list")
@operator
def list_ledgers(access: LedgerAccess) -> None:
    """List the ledgers: records, how many are signed, and whether the log is trusted.

    Exit code 1 when one is read only, lost or cannot be opened, or could not be looked at.

    \b
    Examples:
      ledger-service ledger list --data-dir /var/lib/ledger
      ledger-service ledger list --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    shown = access.ask("ShowLedgers")
    for each in shown.ledgers:
        for line in lines_of(each):
            say(line)
    for each in shown.lost:
        say(f"{each.ledger}: lost, {each.checkpoint_position} signed")
        say(f"    Cannot be served. {each.finding}")
    for each in shown.left_out:
        say(f"{each.ledger}: not served")
        say(f"    Cannot be opened. {each.problem}")
    for each in shown.retired:
        say(f"{each.ledger}: retired, in {each.log_path}")
    if not (shown.ledgers or shown.lost or shown.left_out or shown.retired):
        say(f"There is no ledger in {access.place}.")
    if shown.lost or shown.left_out or any(map(_is_held_up, shown.ledgers)):
        raise SystemExit(_REFUSED)


def lines_of(info: Any) -> list[str]:
    """What the list says of a ledger that is served. Of one that could be neither looked at nor
    opened only the name is known: it may have any number of records.
    """
    if info.untold:
        return [f"{info.ledger}: not looked at", f"    No more is told of it. {info.untold}"]
    records = "1 record" if info.position == 1 else f"{info.position} records"
    lines = [f"{info.ledger}: {records}, {info.checkpoint_position} signed"]
    if info.distrusted or info.not_recording:
        lines.append(f"    Read only. {info.not_recording or info.distrusted}")
    return lines


def _is_held_up(info: Any) -> bool:
    return bool(info.distrusted or info.not_recording or info.untold)


@ledger.command("check")
@click.argument("name", metavar="LEDGER")
@operator
def check_ledger(access: LedgerAccess, name: str) -> None:
    """Hash every record again and say what does not fit. Exit code 1 if anything.

    It is 1 too for a copy, of which nothing says where it should end.

    The views are held against the log too; those that do not fit are built anew.

    A ledger that was found to fit, once its log was restored, is trusted again.

    \b
    Examples:
      ledger-service ledger check us-dprk-2018
      ledger-service ledger check us-dprk-2018 --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    checked = access.ask("CheckLedger", ledger=name)
    for finding in checked.findings:
        say(finding)
    if checked.findings:
        give_up(f"the log of {name!r} does not fit; it is read only.", code=_REFUSED)
    say(f"{checked.records} records fit.")
    if checked.views:
        say(checked.views)
        give_up(f"the views of {name!r} did not fit; they were built anew.", code=_REFUSED)
    if checked.end_unknown:
        give_up(
            f"the log of {name!r} is a copy, or was moved, so nothing outside of it says how far "
            "it was signed: records may be missing at its end. A copy of log.sqlite alone lacks "
            "what was in log.sqlite-wal. Hold it against a checkpoint that somebody kept; a "
            "backup is verified with ledger-service backup verify.",
            code=_REFUSED,
        )


@ledger.command("adopt")
@click.argument("name", metavar="LEDGER")
@operator
def adopt_ledger(access: LedgerAccess, name: str) -> None:
    """State that a log which was found elsewhere than it remembers moved there for good.

    Be sure that nobody records in it where it was: two that sign with one key become two
    histories. With the same folder of keys the old place only reads from now on.

    \b
    Examples:
      ledger-service ledger adopt us-dprk-2018
    """  # noqa: D301 - \b is meant: it keeps the lines
    adopted = access.ask("AdoptLedger", ledger=name).ledger
    if adopted.distrusted:
        say(adopted.distrusted)
        give_up(
            f"the ledger {name!r} lives here now, and is read only still. If that was found in "
            f"another file, which this one has replaced: ledger-service ledger check {name}"
            f"{access.option}. It is trusted again when all of it fits.",
            code=_REFUSED,
        )
    say(f"The ledger {name} lives here: {adopted.position} records.")


@ledger.command("fork")
@click.argument("name", metavar="LEDGER")
@click.argument("new", metavar="NEW")
@click.option("--reason", default="For trying.", help="Why; it is recorded.")
@operator
def fork_ledger(access: LedgerAccess, name: str, new: str, reason: str) -> None:
    """Make a copy of a ledger for trying, under a new name, origin and key.

    It has all records that are intact, and its history tells that it is a fork. What the
    other one signed does not count as signed by it.

    \b
    Examples:
      ledger-service ledger fork us-dprk-2018 us-dprk-trial
    """  # noqa: D301 - \b is meant: it keeps the lines
    made = access.ask("ForkLedger", ledger=name, fork=new, reason=reason)
    say(
        f"The ledger {new} has {made.inherited} records of {name}. Its origin is {made.origin}."
    )
    say(made.verification_key)


@ledger.command("retire")
@click.argument("name", metavar="LEDGER")
@click.option("--yes", is_flag=True, help="Do not ask first.")
@operator
def retire_ledger(access: LedgerAccess, name: str, yes: bool) -> None:
    """Take a ledger out of service, such as one for practice. Nothing is deleted.

    Its log and its keys are moved into folders of retired ledgers, from where they can be
    brought back. Backups stay where they are.

    \b
    Examples:
      ledger-service ledger retire us-dprk-trial
      ledger-service ledger retire us-dprk-trial --yes
    """  # noqa: D301 - \b is meant: it keeps the lines
    question = (
        f"Take the ledger {name} out of service? It is not answered for any more, and kept."
    )
    if not yes and not (sys.stdin.isatty() and click.confirm(question, err=True)):
        give_up("nothing was done. Give --yes to retire the ledger without being asked.")
    gone = access.ask("RetireLedger", ledger=name).retired
    say(f"The ledger {name} is retired. Nothing was deleted.")
    say(f"Its log lies in {gone.log_path}.")
    say(f"Its keys lie in {gone.keys_path}.")
    say(
        f"To bring it back: ledger-service ledger bring-back {name} --archive {gone.archive}"
        f"{access.option}"
    )


@ledger.command("bring-back")
@click.argument("name", metavar="LEDGER")
@click.option("--archive", default="", metavar="NAME", help="Which one. [retired last]")
@operator
def bring_back_ledger(access: LedgerAccess, name: str, archive: str) -> None:
    """Serve a retired ledger again, as it was.

    \b
    Examples:
      ledger-service ledger bring-back us-dprk-trial
      ledger-service ledger bring-back us-dprk-trial \\
        --archive us-dprk-trial-20261129T201500Z
    """  # noqa: D301 - \b is meant: it keeps the lines
    found = access.ask("BringBackLedger", ledger=name, archive=archive).ledger
    say(f"The ledger {name} is back, up to position {found.position}.")


@ledger.command("succeed")
@click.argument("name", metavar="LEDGER")
@click.option("--reason", required=True, help="Why; it is recorded.")
@click.option("--aside", default="", metavar="NAME", help="Name of the old log from then on.")
@click.option("--title", default="", help="Of the ledger, when its log is lost.")
@click.option("--purpose", default="", help="Of the ledger, when its log is lost.")
@click.option(
    "--opens-on",
    default="",
    metavar="DAY",
    help="First day of the ledger, when its log is lost.",
)
@operator
def succeed_ledger(access: LedgerAccess, name: str, **words: str) -> None:
    """Have a ledger go on whose log is lost or not to be trusted any more.

    It keeps its name and inherits what is intact, byte for byte; then a record says what
    was lost and why. It has a new origin and key: give the key to those who verify. The old
    log lies aside, and is only read.

    \b
    Examples:
      ledger-service ledger succeed talks --reason "An old backup was restored."
      ledger-service ledger succeed talks --reason "The disk was lost." \\
        --title "Talks between A and B" --opens-on 2017-01-01
    """  # noqa: D301 - \b is meant: it keeps the lines
    made = access.ask("SucceedLedger", ledger=name, **words)
    say(
        f"The ledger {name} goes on with {made.inherited} records. Its origin is {made.origin}."
    )
    if (lost := made.signed - made.inherited) > 0:
        are = "is" if lost == 1 else "are"
        say(f"Of {made.signed} records that were signed, {lost} {are} lost.")
    if made.aside:
        say(f"The old log lies aside as {made.aside}.")
    say(made.verification_key)


@click.command("erase")
@click.argument("name", metavar="LEDGER")
@click.argument("entry", metavar="ENTRY")
@click.argument("field")
@click.option("--reason", required=True, help="Why; it is recorded.")
@click.option(
    "--lost", is_flag=True, help="The value is gone or was changed: record that it is lost."
)
@operator
def erase_field(
    access: LedgerAccess, name: str, entry: str, field: str, reason: str, lost: bool
) -> None:
    """Delete the value of a sealed field for good, in every version of the entry.

    The log still verifies. Backups, exports and receipts that were handed out are out of
    reach. A repetition cleans the files once more.

    With --lost the ledger of a value that is gone or was changed can be used again. The
    hash stays in the log, and a record says that the value was lost.

    \b
    Examples:
      ledger-service erase us-dprk-2018 F013 title --reason "A source is at risk."
      ledger-service erase us-dprk-2018 F013 'evidence[0].attribution' --reason "Asked for."
      ledger-service erase us-dprk-2018 F013 note --lost --reason "A bad sector."
      ledger-service erase us-dprk-2018 F013 note --reason "Asked for." --profile ops
    """  # noqa: D301 - \b is meant: it keeps the lines
    erased = access.ask(
        "EraseField", ledger=name, entry_id=entry, field=field, reason=reason, lost=lost
    )
    became = "recorded as lost" if lost else "erased"
    say(f"{entry} {field} is {became} in version {_listed(erased.versions)}.")
    note(f"Recorded at position {erased.position}.")
    if not lost:
        _say_what_is_left(entry, field, erased)
    for finding in erased.findings:
        say(finding)
    if erased.findings:
        give_up(f"the ledger {name!r} is read only still.", code=_REFUSED)


def _say_what_is_left(entry: str, field: str, erased: Any) -> None:
    if erased.plain_versions:
        say(
            f"Not reached: in version {_listed(erased.plain_versions)} the text of {field} was "
            "not sealed. It stands in the log for good."
        )
    if erased.still_sealed:
        say(
            f"Not reached: {entry} has other sealed fields whose values are kept: "
            f"{_listed(erased.still_sealed)}. Erase each of them if it tells the same."
        )
    say(
        "Not reached: backups, exports that were made without --redacted, forks, old logs that "
        "lie aside, what callers read, and the same words in other entries or fields."
    )


def _listed(items: Iterable[object]) -> str:
    return ", ".join(map(str, items))


COMMANDS = (key, ledger, erase_field)
