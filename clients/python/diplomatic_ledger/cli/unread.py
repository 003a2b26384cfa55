"""What else is wrong with an item of which something cannot be read: the rules that the rest of it
breaks, without what may follow from what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from diplomatic_ledger import entry_places
from diplomatic_ledger.errors import Violation
from diplomatic_ledger.json_form.problems import Path, Problem
from diplomatic_ledger.v1 import entries_pb2

_WORD = re.compile(r"[a-z_]{3,}")
_PLURAL = re.compile(r"(?:ies|y|s)$")
#: Says which field was meant by one that there is not.
_NO_SUCH_FIELD = "there is no such field"


def follows(violation: Violation, unread: Iterable[Problem]) -> bool:
    """Whether what a service says of the rest of an item may follow from what of it cannot be
    read: it is about that, about all that has it, or names it.
    """
    _, path = entry_places.item_of(violation.field)
    named = _names(f"{_last(path)} {violation.problem}")
    return any(_meets(path, each.path) or _meant(each) & named for each in unread)


def _meets(path: Path, unread: Path) -> bool:
    """Whether one of two fields has the other."""
    about, there = _plain(path), _plain(_within(unread))
    return all(a == b for a, b in zip(about, there, strict=False))


def _meant(problem: Problem) -> set[str]:
    """The field that cannot be read, and those that may have been meant by it."""
    last = _last(problem.path)
    is_unknown = problem.problem.startswith(_NO_SUCH_FIELD)
    return _names(f"{last} {problem.problem}" if is_unknown else last)


def _within(path: Path) -> Path:
    """A path of a file without the number of its item, and without what a file may leave unsaid."""
    inner = path[1:] if path and isinstance(path[0], int) else path
    return inner[1:] if inner[:1] == ("entry",) else inner


def _last(path: Path) -> str:
    return next((each for each in reversed(path) if isinstance(each, str)), "")


def _plain(path: Path) -> Path:
    return tuple(_PLURAL.sub("", each) if isinstance(each, str) else each for each in path)


def _names(text: str) -> set[str]:
    """The fields that a text names, whether it speaks of one or several."""
    return {_PLURAL.sub("", word) for word in _WORD.findall(text.casefold())} & _KNOWN


_KNOWN = {
    _PLURAL.sub("", field)
    for message in entries_pb2.DESCRIPTOR.message_types_by_name.values()
    for field in message.fields_by_name
}
