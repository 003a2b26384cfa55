"""Promises that stand in no balance and no agenda, told beside it: below a table, and as a field of
JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from diplomatic_ledger.cli.session import Session


@dataclass(frozen=True)
class Uncounted:
    """So many promises of a kind, perhaps of some debtors to some creditors, with the sentence
    that says so and the command that lists them.
    """

    kind: str
    count: int
    sentence: str
    command: str
    debtors: Sequence[str] = ()
    creditors: Sequence[str] = ()


def tell(session: Session, found: Iterable[Uncounted]) -> None:
    for each in found:
        session.screen.note("")
        session.screen.note(each.sentence)
        session.screen.line(f"  {each.command}")


def add(told: dict[str, Any], found: Iterable[Uncounted]) -> dict[str, Any]:
    """The JSON form of an answer, with these promises where there are some."""
    uncounted = [_written(each) for each in found]
    return {**told, "uncounted": uncounted} if uncounted else told


def _written(each: Uncounted) -> dict[str, Any]:
    whose = {"debtors": [*each.debtors], "creditors": [*each.creditors]}
    return {
        "kind": each.kind,
        **{name: ids for name, ids in whose.items() if ids},
        "promise_count": each.count,
        "command": each.command,
    }
