"""The two parties that a command is about: one spelling, `A B`, in all of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click

#: What stands between two parties in tables, in texts and on other command lines.
_BETWEEN = re.compile(r"\s+(?:and|vs\.?|versus|-)\s+|[\s:,;/&|→↔]+|<?->", re.IGNORECASE)
_PARAMETERS = ("party_a", "party_b")


def of_two_parties(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the arguments A and B; its function gets `party_a` and `party_b`."""
    for name, letter in reversed(list(zip(_PARAMETERS, "AB", strict=True))):
        function = click.argument(name, metavar=letter)(function)
    return function


def remedy(command: str, parameters: Iterable[click.Parameter], args: Iterable[str]) -> str:
    """A sentence on how two parties are written, where the arguments of a command that takes
    them say two in another way, such as `us : iran`; else an empty one.
    """
    if not {each.name for each in parameters}.issuperset(_PARAMETERS):
        return ""
    said = " ".join(_first(args))
    named = [each for each in _BETWEEN.split(said) if each]
    if len(named) != len(_PARAMETERS) or said == " ".join(named):
        return ""
    return f"Two parties stand one after the other: ledgerctl {command} {' '.join(named)}"


def _first(args: Iterable[str]) -> Iterator[str]:
    """What stands before the first option."""
    for each in args:
        if each.startswith("-") and each not in ("-", "->"):
            return
        yield each
