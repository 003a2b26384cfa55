"""A glance at a log without opening it as its owner does: its first record, its end, and what is
said of where it lives, as they are stored. For lists of closed ledgers, and for who looks at a
store beside a service that runs.

Nothing is locked, changed, brought to the disk or held against anything, so it tells what a log
says, and not whether that fits what was signed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

from ledger_service.persistence.storage.migrations import VERSION, WITHOUT_HOME
from ledger_service.persistence.storage.reader import SELECT_CONTINUED, Row

# Templates, see `dialect`.
_SELECT_END = """
    SELECT last_position, recorded_at, root_hash,
        (SELECT state FROM stored_events WHERE {position} = 1),
        (SELECT leaf_hash FROM stored_events WHERE {position} = 1),
        COALESCE((SELECT MAX(size) FROM checkpoints), 0)
    FROM requests ORDER BY last_position DESC LIMIT 1
"""
_SELECT_HOME = "SELECT successor, place FROM home"
#: Reads the rows of a statement, a template.
Read: TypeAlias = Callable[[str], Sequence[Any]]


class LogGlance(NamedTuple):
    """The version of the tables of a log, its last position, the time of that in microseconds
    since 1970, and the root there; the first record and its leaf hash; the size of the largest
    checkpoint; the origin of the log that goes on for it, and the place that it remembers, as it
    is stored. Zero and empty where there is none, or where tables of that version are not read.
    `continued` are the records by which it went on for another one. Of a log that is not `at_rest` it is not known what of it is on the disk.
    """

    version: int
    position: int = 0
    recorded_at: int = 0
    root_hash: bytes = b""
    first_record: bytes = b""
    first_leaf: bytes = b""
    signed: int = 0
    successor: str = ""
    place: str = ""
    continued: tuple[Row, ...] = ()
    at_rest: bool = True


class ServerGlance(NamedTuple):
    """What a server of logs says of itself: its clock in microseconds since 1970."""

    clock: int


def glance(version: int, read: Read, *, at_rest: bool = True) -> LogGlance:
    """What can be seen of a log whose tables have this version."""
    end = read(_SELECT_END) if WITHOUT_HOME <= version <= VERSION else ()
    if not end:
        return LogGlance(version, at_rest=at_rest)
    home = read(_SELECT_HOME)[0] if version > WITHOUT_HOME else ()
    continued = tuple((at, state, leaf) for at, state, leaf in read(SELECT_CONTINUED))
    found = LogGlance(version, *(*end[0], *home))
    return found._replace(continued=continued, at_rest=at_rest)
