"""Compares the tables of a log, and what else lies beside them, with those that this program
makes. A foreign trigger or rule would change what is stored, a view in place of a table what
is read, and no hash covers either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

#: What each object is, by its kind and name: all that makes it what it is, as text.
Shape: TypeAlias = dict[tuple[str, str], str]


def misfits(expected: Shape, found: Shape) -> Iterator[str]:
    """What does not fit, a sentence for each."""
    for kind, name in sorted(found.keys() - expected.keys()):
        yield f"With the log lies the {kind} {name!r}, which this program did not make."
    for kind, name in sorted(expected.keys() - found.keys()):
        yield f"The {kind} {name!r} of the log is missing."
    for kind, name in sorted(found.keys() & expected.keys()):
        if found[kind, name] != expected[kind, name]:
            yield f"The {kind} {name!r} of the log is another one than this program makes."


def plain(definition: str) -> str:
    """A definition with its white space normalised."""
    return " ".join(definition.split())
