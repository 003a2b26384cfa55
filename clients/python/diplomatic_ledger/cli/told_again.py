"""What became of an entry that another version answers for and that reads as it did before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.in_parts import MOST_IDS, in_parts
from diplomatic_ledger.log_filter import LogFilter
from diplomatic_ledger.v1 import differences_pb2
from diplomatic_ledger.v1 import standing_service_pb2 as standing

_ANNULLED = "entry.annulled.v1"


def told_again(session: Session, found: standing.DiffResponse) -> dict[str, str]:
    """What was recorded meanwhile of each entry of a difference that reads alike on both sides,
    in words.
    """
    alike = [each.entry_id for each in found.entries if _reads_alike(each)]
    if not alike:
        return {}
    first, last = sorted((found.before.position, found.after.position))
    meanwhile = _recorded(session, alike, first, last) if first < last else {}
    return {each: _words(meanwhile.get(each, ())) for each in alike}


def _reads_alike(each: differences_pb2.EntryDiff) -> bool:
    is_amended = each.difference == differences_pb2.ENTRY_DIFFERENCE_AMENDED
    sealed = list(each.sealed_before) == list(each.sealed_after)
    return is_amended and sealed and each.before == each.after


def _recorded(
    session: Session, entry_ids: list[str], first: int, last: int
) -> dict[str, list[str]]:
    """The types of the records of some entries behind one position and up to another."""
    types = defaultdict[str, list[str]](list)
    for part in in_parts(entry_ids, MOST_IDS):
        for each in session.client.read_log(
            session.ledger,
            after_position=first,
            up_to_position=last,
            wanted=LogFilter(entry_ids=part),
        ):
            event = each.decoded()
            types[str(event.get("subject", ""))].append(str(event.get("type", "")))
    return types


def _words(types: Iterable[str]) -> str:
    recorded = list(types)
    if _ANNULLED in recorded:
        return "annulled, then brought back; it reads as before"
    if recorded:
        return "amended, and amended back; it reads as before"
    return "another version answers, and reads the same"
