"""Suggests what may have been meant by an id that does not exist."""

from __future__ import annotations

import difflib
from contextlib import closing

from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.errors import EntryNotFound, LedgerError
from diplomatic_ledger.log_filter import LogFilter

#: In a larger log it takes too long to look for all parties.
_MAX_RECORDS = 100_000


def advice(session: Session, error: LedgerError) -> str:
    """A sentence that names an existing id, or the command that lists ids; empty when neither
    helps.
    """
    entry_id = error.metadata.get("entry_id", "")
    if not isinstance(error, EntryNotFound) or not entry_id or not session.ledger_name:
        return ""
    wants_party = error.metadata.get("wanted") == "party"
    if " is of type " in error.message:
        return _of_other_type(session, entry_id)
    try:
        near = _near(session, entry_id, _parties(session) if wants_party else [])
    except LedgerError:
        near = ""
    if near:
        return f"Did you mean {near}?"
    return "`ledgerctl parties` lists those that there are." if wants_party else ""


#: What finds what an entry of a type has to do with others.
_FINDS = {
    "party": "`ledgerctl commitments --party {0}` finds what it takes part in.",
    "report": "`ledgerctl commitments --report {0}` finds what it tells; so with acts.",
    "instrument": "`ledgerctl commitments --instrument {0}` finds what was promised in it.",
    "commitment": "`ledgerctl acts --related-to {0}` finds what was done about it.",
    "act": "`ledgerctl acts --related-to {0}` finds what answers it.",
    "scale": "`ledgerctl scales` lists it.",
}


def _of_other_type(session: Session, entry_id: str) -> str:
    """The command for an entry that is of another type than was asked for."""
    try:
        first = session.client.entry(session.ledger, entry_id).versions[0]
    except (LedgerError, IndexError):
        return ""
    return _FINDS.get(first.state.WhichOneof("state") or "", "").format(entry_id)


def _near(session: Session, entry_id: str, parties: list[str]) -> str:
    by_case = {each.casefold(): each for each in parties if each != entry_id}
    found = difflib.get_close_matches(entry_id.casefold(), by_case, n=1)
    if found:
        return by_case[found[0]]
    return "" if parties else _in_other_case(session, entry_id)


def _in_other_case(session: Session, entry_id: str) -> str:
    for other in {entry_id.upper(), entry_id.lower()} - {entry_id}:
        try:
            return session.client.entry(session.ledger, other).entry_id
        except EntryNotFound:
            continue
    return ""


def _parties(session: Session) -> list[str]:
    if session.client.ledger(session.ledger).position > _MAX_RECORDS:
        return []
    kind = "party.registered.v1"
    with closing(
        session.client.read_log(session.ledger, wanted=LogFilter(record_types=[kind]))
    ) as records:
        return [str(record.decoded().get("subject")) for record in records]
