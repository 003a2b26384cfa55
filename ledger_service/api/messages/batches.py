"""What is asked for by many ids at once, and what was found of each, in one bounded answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from diplomatic_ledger.v1 import batches_pb2
from diplomatic_ledger.v1 import history_service_pb2 as history

from ledger_service.api.messages import names
from ledger_service.api.messages.problems import ReadingProblems
from ledger_service.domain.values.missing import LEFT_OUT, Missing, too_large

Result = TypeVar("Result", batches_pb2.CommitmentResult, history.EntryResult)

_SHOWN = 80


def check_each_once(
    ids: Iterable[str],
    problems: ReadingProblems,
    field: str = "entry_ids",
    what: str = "an entry",
) -> None:
    """Notes a problem for each id in a field that is empty, or is asked for again: there is
    one result for each, in the same order. `what` an id names stands in the remedy.
    """
    first: dict[str, int] = {}
    for index, each in enumerate(ids):
        if not each:
            problems.add(f"{field}[{index}]", f"This is empty. Name {what}.")
        elif (before := first.setdefault(each, index)) != index:
            said = f"{each[:_SHOWN]!r} is {field}[{before}] already. Ask for each once."
            problems.add(f"{field}[{index}]", said)


def missing(found: Missing) -> batches_pb2.Missing:
    return batches_pb2.Missing(
        reason=names.MISSING_REASON.number(found.reason), text=found.text
    )


def fitting(results: Iterable[Result], alone: str, most_bytes: int) -> list[Result]:
    """The results, as many of what was found as have `most_bytes` at most together; in place
    of others, that they were left out. `alone` says how one is told that has more.
    """
    told: list[Result] = []
    left = most_bytes
    for result in results:
        size = 0 if result.WhichOneof("result") == "missing" else result.ByteSize()
        if size <= left:
            left -= size
            told.append(result)
        else:
            why = too_large(alone) if size > most_bytes else LEFT_OUT
            told.append(type(result)(entry_id=result.entry_id, missing=missing(why)))
    return told
