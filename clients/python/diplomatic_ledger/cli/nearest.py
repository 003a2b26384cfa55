"""Suggests what may have been meant by a name that does not exist: an id by its likeness, or by
the name, an alias or a code of the party; a ledger by the beginning of its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any

from diplomatic_ledger import likeness
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.entry_file import EntryFile, name_of
from diplomatic_ledger.errors import EntryNotFound, LedgerError, LedgerNotFound
from diplomatic_ledger.log_filter import LogFilter
from diplomatic_ledger.v1.entries_pb2 import Party

#: In a larger log it takes too long to look for all parties.
_MAX_RECORDS = 100_000
#: So many ids are looked up in other letters.
_MOST_LOOKS = 10
#: Of so many entries all ids are looked at; of more, those that begin like the one that was said.
_MOST_IDS = 1000
#: A shorter beginning is that of anything.
_LEAST_BEGINNING = 3
#: For the ids of a ledger the service is not waited for any longer.
_SECONDS = 2.0
_PARTY = "party"
#: The fields that name parties, and those that name reports.
_OF_PARTIES = re.compile(
    r"(?:\.|^)(?:actor|co_actors|counterpart(?:y|ies)|debtors|creditors|made_by|participants|"
    r"third_parties|principal|predecessor|member|party|asserted_by)(?:\[\d+\])?$"
)
_OF_REPORTS = re.compile(r"(?:\.|^)(?:reports?|new_information)(?:\[\d+\])?$")
#: What the service says of an id that is nowhere, and of what is no id.
_NOWHERE = re.compile(r"There is no entry '(.+?)' in this ledger")
_NO_ID = re.compile(r"'(.+?)' is not an id: ")
#: What it says of one that is no entry of the type that was asked for.
_NOT_OF_TYPE = re.compile(r" is not an? (instrument|report) of this ledger")
_JOINTS = re.compile(r"[-_./ ,]+")

#: Ids with the other names by which each may be meant.
Named = Mapping[str, Sequence[str]]


def advice(session: Session, error: LedgerError) -> str:
    """A sentence that names what exists, or the command that lists it; empty when neither
    helps.
    """
    try:
        if isinstance(error, LedgerNotFound):
            return _ledger(session)
        entry_id = error.metadata.get("entry_id", "")
        if isinstance(error, EntryNotFound) and entry_id and session.ledger_name:
            if f"{entry_id!r} is of type " in error.message:
                told = _of_other_type(session, entry_id)
            else:
                told = _entry(session, entry_id, _wanted(session, error))
            return f"On {entry_id}: {told}" if told and error.metadata.get("others") else told
    except LedgerError:
        pass
    return ""


def is_nowhere(problem: str) -> bool:
    """Whether the service says of an id that no entry has it."""
    return _NOWHERE.match(problem) is not None


def _wanted(session: Session, error: EntryNotFound) -> str:
    """The type of the entry that was asked for; empty where it may be of any."""
    if wanted := error.metadata.get("wanted", ""):
        return wanted
    if told := _NOT_OF_TYPE.search(error.message):
        return told[1]
    return session.running if session.running in _TOLD_ALONE else ""


#: What finds what an entry of a type has to do with others.
_FINDS = {
    "party": ("commitments", "--party", "finds what it takes part in"),
    "report": ("commitments", "--report", "finds what it tells; so with acts"),
    "instrument": ("commitments", "--instrument", "finds what was promised in it"),
    "commitment": ("acts", "--related-to", "finds what was done about it"),
    "act": ("acts", "--related-to", "finds what answers it"),
    "scale": ("scales", "", "lists it"),
}
#: The types of which a command tells one entry; of others `entry` does.
_TOLD_ALONE = ("party", "instrument", "commitment")


def _of_other_type(session: Session, entry_id: str) -> str:
    """The commands for an entry that is of another type than was asked for: what shows it, and
    what finds what it has to do with others.
    """
    try:
        first = session.client.entry(session.ledger, entry_id).versions[0]
    except (LedgerError, IndexError):
        return ""
    kind = first.state.WhichOneof("state") or ""
    if kind not in _FINDS:
        return ""
    shown = session.command(kind if kind in _TOLD_ALONE else "entry", entry_id)
    name, option, does = _FINDS[kind]
    found = session.command(name, *((option, entry_id) if option else ()))
    return f"`{shown}` shows it, and `{found}` {does}."


def _ledger(session: Session) -> str:
    said = session.ledger_name
    there = [info.ledger for info in session.client.ledgers()]
    near = likeness.near(said, there) or [each for each in there if said and said in each]
    if 0 < len(near) <= likeness.MOST:
        return _asked(near)
    listing = session.command("ledgers", of_ledger=False)
    return f"`{listing}` lists those that there are." if there else ""


def _entry(session: Session, entry_id: str, wanted: str) -> str:
    if "," in entry_id:
        return "Name each by itself: an option such as --party may be written more than once."
    if _is_recorded(session, entry_id):
        return f"`{session.command('entry', entry_id)}` tells what became of it."
    near = [] if wanted == _PARTY else _in_other_form(session, session.ledger, entry_id)
    if wanted in ("", _PARTY):
        near = near or likeness.nearest(entry_id, _parties(session, session.ledger))
    if wanted != _PARTY:
        return _asked(near or _like(session, entry_id, wanted))
    if near:
        return _asked(near)
    return f"`{session.command('parties')}` lists those that there are."


class Ids:
    """The ids that an entry file and its ledger have, for who mistypes one. They are looked up
    when they are first wanted. `others` are ids of the file too, of entries of any type.
    """

    def __init__(
        self, session: Session, entries: EntryFile, others: Iterable[str] = ()
    ) -> None:
        self._session = session
        self._entries = entries
        self._others = tuple(others)
        self._known: Named | None = None
        self._looks_left = _MOST_LOOKS

    def advice(self, field: str, problem: str) -> str:
        """A sentence on an id that a field names and that there is not; empty for another
        problem, or where nothing is like it.
        """
        found = _NOWHERE.match(problem) or _NO_ID.match(problem)
        if found is None:
            return ""
        try:
            return self._near(field, found[1])
        except LedgerError:
            return ""

    def _near(self, field: str, said: str) -> str:
        if _OF_PARTIES.search(field):
            parties = self._parties()
            near = likeness.nearest(said, parties) or likeness.near(said, self._others)
            if near:
                return _asked(near)
            several = [each for each in _JOINTS.split(said) if each]
            if len(several) > 1 and all(each in parties for each in several):
                return f"It names several parties: {', '.join(several)}. Name each by itself."
            return ""
        kind = "report" if _OF_REPORTS.search(field) else ""
        near = likeness.near(said, [*self._in_file(kind), *self._others])
        if not near and self._looks_left:
            self._looks_left -= 1
            ledger = self._ledger()
            near = _in_other_form(self._session, ledger, said)
            near = near or _like(self._session, said, kind, ledger)
        return _asked(near)

    def _ledger(self) -> str:
        named = self._entries.ledger.ledger if self._entries.ledger is not None else ""
        return self._session.ledger_name or named or self._session.ledger

    def _in_file(self, kind: str) -> list[str]:
        """The ids of the file's entries of a kind, or of those that are no parties or reports."""
        kinds = (kind,) if kind else ("act", "commitment", "instrument")
        items = (each for each in self._entries.items if each.HasField("entry"))
        return [
            name_of(each) for each in items if each.entry.state.WhichOneof("state") in kinds
        ]

    def _parties(self) -> Named:
        if self._known is None:
            there: dict[str, Sequence[str]] = {}
            with suppress(LedgerError):  # it may not be there yet
                there = dict(_parties(self._session, self._ledger()))
            for each in self._entries.items:
                if each.HasField("entry") and each.entry.state.HasField("party"):
                    there[name_of(each)] = list(_names(each.entry.state.party))
            self._known = there
        return self._known


def _asked(near: Sequence[str]) -> str:
    return f"Did you mean {' or '.join(near)}?" if near else ""


def _names(party: Party) -> Iterator[str]:
    yield party.name
    yield from party.aliases
    yield from (each.name for each in party.names)
    yield from (each.value for each in party.codes)


def _is_recorded(session: Session, entry_id: str) -> bool:
    """Whether the id is right, and the entry only hidden by the cuts, or annulled."""
    try:
        session.client.entry(session.ledger, entry_id)
    except EntryNotFound:
        return False
    return True


def _in_other_form(session: Session, ledger: str, entry_id: str) -> list[str]:
    """An entry of this id in other letters, or with other joints."""
    forms = (entry_id, entry_id.replace("-", "_"), entry_id.replace("_", "-"))
    others = [each for form in forms for each in (form, form.upper(), form.lower())]
    for other in dict.fromkeys(others):
        if other == entry_id or " " in other:
            continue
        try:
            return [session.client.entry(ledger, other).entry_id]
        except EntryNotFound:
            continue
    return []


def _like(session: Session, said: str, kind: str, ledger: str = "") -> list[str]:
    """The ids of a kind of entries, or of any, that are most like one that there is not; else
    those that begin with it.
    """
    client = session.client.with_options(timeout=_SECONDS)
    begin = said[: max(_LEAST_BEGINNING, len(said) // 2)]
    ledger = ledger or session.ledger
    is_small = client.ledger(ledger).position <= _MOST_IDS
    wanted = LogFilter(
        entry_types=[kind] if kind else [],
        changes=["recorded"],
        id_prefixes=[] if is_small else {begin, begin.lower(), begin.upper()},
    )
    with closing(client.read_log(ledger, limit=_MOST_IDS, wanted=wanted)) as records:
        there = [str(record.decoded()["subject"]) for record in records]
    if near := likeness.near(said, there):
        return near
    begun = [each for each in there if each.casefold().startswith(said.casefold())]
    return begun if len(said) >= _LEAST_BEGINNING and len(begun) <= likeness.MOST else []


def _parties(session: Session, ledger: str) -> Named:
    """The parties of the ledger with their names and codes, as they were registered."""
    if session.client.ledger(ledger).position > _MAX_RECORDS:
        return {}
    kind = "party.registered.v1"
    with closing(
        session.client.read_log(ledger, wanted=LogFilter(record_types=[kind]))
    ) as records:
        decoded = [record.decoded() for record in records]
    return {str(each.get("subject")): list(_names_of(each.get("data"))) for each in decoded}


def _names_of(data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        return
    listed = [data.get("name"), *data.get("aliases", ())]
    listed += [each.get("name") for each in data.get("names", ())]
    listed += [each.get("value") for each in data.get("codes", ())]
    yield from (each for each in listed if isinstance(each, str))
