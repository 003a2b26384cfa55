"""What people may mean by commands and options that there are not."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

import click

from diplomatic_ledger import likeness

#: What to run in place of a command that there is not.
COMMANDS = {
    "treaty treaties agreement agreements convention pact accord": "instruments",
    "add import load insert enter put push save new upload append": "record",
    "create": "ledgers",
    "begin template scaffold draft": "init",
    "delete remove rm retract": "annul",
    "update change correct fix modify": "amend",
    "open vi vim editor": "edit",
    "revert rollback restore back take-back unrecord": "undo",
    "find grep query text": "search",
    "list ls promises promise pledges obligations": "commitments",
    "show get cat view history versions": "entry",
    "events event actions deeds act": "acts",
    "people actors states countries": "parties",
    "articles documents": "reports",
    "evidence citations provenance": "sources",
    "tail follow subscribe": "watch",
    "check validate lint dry-run": "record",
    "compare changes": "diff",
    "calendar todo deadlines due overdue upcoming": "agenda",
    "tree root proof hash": "checkpoint",
    "user me": "whoami",
    "dump download": "export",
    "score reciprocity": "balance",
    "account statement ledger-statement": "accounts",
    "reminders reminder notify warnings": "alert",
    "timeline chart trend": "series",
    "snapshot at": "replay",
    "weights": "scales",
    "ratings rubric rating": "rubrics",
    "ledger cases": "ledgers",
}
#: What to add to such a command.
_WITH = {
    **dict.fromkeys(("check", "validate", "lint", "dry-run"), " --check FILE"),
    "create": " create NAME --title TITLE",
}

#: By which option of the command something may have been meant, the likeliest first.
OPTIONS = {
    "since after start begin": "--from --after --occurred",
    "until before end stop": "--to --as-of --occurred",
    "date day on at when": "--as-of --at",
    "known-by published-by read-by published": "--reported-by",
    "entered-by known recorded position": "--recorded-by",
    "host address port url endpoint": "--server",
    "output o json csv": "--format",
    "dry-run n validate": "--check",
    "message m why comment": "--reason",
    # A state is a country only where nothing has a lifecycle.
    "status stands state": "--lifecycle",
    "country who actor state by": "--party --actor --debtor",
    "search grep query words": "--text",
    "weights weight": "--scale",
    "treaty": "--instrument",
    "tag keyword subject": "--topic",
    "wait": "--timeout",
    "database db name case": "--ledger",
    "what-if if hypothetical": "--suppose",
    "number count n max": "--limit",
    "by interval period every width": "--bin --step",
}


def no_command(name: str, known: Iterable[str]) -> str:
    """A sentence that names the command to run in place of one that there is not."""
    there = list(known)
    for words, meant in COMMANDS.items():
        if name.casefold() in words.split() and meant in there:
            return f"What you want may be `ledgerctl {meant}{_WITH.get(name.casefold(), '')}`."
    if near := likeness.among(name, there):
        return f"Did you mean {' or '.join(near)}?"
    return f"Known: {', '.join(there)}."


#: How click tells of an argument that a command does not take.
_EXTRA = re.compile(r"Got unexpected extra argument \((?P<said>.+)\)")


def no_argument(command: click.Command, message: str) -> str:
    """A sentence for who names one entry behind a command that lists several, where `message`
    tells of an argument that it does not take; else an empty one.
    """
    told = _EXTRA.fullmatch(message)
    options = [name for each in command.params for name in each.opts]
    if not told or "--entry" not in options:
        return ""
    if any(isinstance(each, click.Argument) for each in command.params):
        return ""
    said = shlex.quote(told["said"])
    return f"What you want may be `ledgerctl {command.name} --entry {said}`."


def no_option(error: click.NoSuchOption) -> str:
    """The sentence on an option that a command does not have."""
    told = f"No such option: {error.option_name}."
    context = error.ctx
    if context is None:
        return told
    there = [
        name for each in context.command.get_params(context) for name in (*each.opts,)
        if name.startswith("--")
    ]  # fmt: skip
    bare = error.option_name.lstrip("-").casefold()
    for words, options in OPTIONS.items():
        meant = [name for name in options.split() if name in there]
        if bare in words.split() and meant:
            return f"{told} What you want may be {meant[0]}."
    near = [f"--{name}" for name in likeness.among(bare, [name[2:] for name in there])]
    return f"{told} Did you mean {' or '.join(near)}?" if near else told
