"""Why a list is empty, where that can be told, and the command that would find something."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Any, NamedTuple, TypeAlias

import click

from diplomatic_ledger.cli import taking_part
from diplomatic_ledger.cli.session import Session
from diplomatic_ledger.cuts import Cuts
from diplomatic_ledger.errors import EntryNotFound, LedgerError
from diplomatic_ledger.log_filter import LogFilter
from diplomatic_ledger.sync import SyncListing
from diplomatic_ledger.v1.history_service_pb2 import CHANGE_ANNULMENT

#: Lists what passes a filter at some cuts.
Find: TypeAlias = Callable[..., SyncListing[Any]]

#: Filters that name parties, of what an entry says that it is.
_PARTS = ("debtors", "creditors", "makers", "actors", "counterparties", "participants")
_OF_PARTIES = ("parties", *_PARTS, "third_parties")
_NOT_SAID = Cuts()
#: So many parties are looked for elsewhere.
_MOST_PARTIES = 3


class Cause(NamedTuple):
    """A sentence, and the command that would find something; empty where none does."""

    sentence: str
    command: str


def causes(
    session: Session,
    find: Find,
    wanted: Mapping[str, Any],
    cuts: Cuts,
    *,
    looks_ahead: bool = False,
) -> list[Cause]:
    """Why nothing passes a filter at some cuts. It asks the service for one item each time. Of
    what `looks_ahead` an earlier day hides nothing.
    """
    given = {name: value for name, value in wanted.items() if value}
    named = [p for field in _OF_PARTIES for p in given.get(field, ())][:_MOST_PARTIES]
    found = [*annulled(session, named)]
    if not looks_ahead:
        found += _of_cuts(session, find, given, cuts)
    if len(given) > 1:
        found += _of_filters(session, find, given, cuts, alone=not looks_ahead)
    if not found:
        found += _elsewhere(session, find, given, named, cuts)
    return found


def in_log(session: Session, wanted: LogFilter) -> list[Cause]:
    """Why a filter of the log lets nothing through, by the parties that it names: what a record
    says does not change when it is found out who stood for whom, so it is found by names alone.
    """
    found = list[Cause]()
    parties = list(wanted.parties)
    for party in parties[:_MOST_PARTIES]:
        if _first_record(session, LogFilter(parties=[party])):
            command = session.command("log", "--party", party)
            found.append(Cause(f"By itself --party {party} finds some. Ask:", command))
            continue
        found.append(
            Cause(
                f"No entry names {party}. What others did for it, or before it, has their names "
                "in the log.",
                "",
            )
        )
        found += _in_lists(session, party, _NOT_SAID, "log")
    return found


def _first_record(session: Session, wanted: LogFilter) -> bool:
    with contextlib.closing(
        session.client.read_log(session.ledger, limit=1, wanted=wanted)
    ) as some:
        return next(some, None) is not None


def tell(session: Session, found: Iterable[Cause]) -> None:
    """Prints the causes; each command on a line of its own, which is not wrapped."""
    for each in found:
        session.screen.show(each.sentence)
        if each.command:
            session.screen.line(f"  {each.command}")


def add(told: dict[str, Any], found: Iterable[Cause]) -> dict[str, Any]:
    """The JSON form of an answer, with the causes where there are some."""
    causes_told = written(found)
    return {**told, "why_nothing": causes_told} if causes_told else told


def written(found: Iterable[Cause]) -> list[dict[str, str]]:
    return [
        {"cause": each.sentence, **({"command": each.command} if each.command else {})}
        for each in found
    ]


def annulled(session: Session, parties: Iterable[str]) -> Iterator[Cause]:
    """Which of some parties were annulled, with the command that shows their versions."""
    for party in parties:
        try:
            versions = session.client.entry(session.ledger, party).versions
        except EntryNotFound:
            continue
        if versions and versions[-1].change == CHANGE_ANNULMENT:
            reason = f": {versions[-1].reason}" if versions[-1].reason else ""
            yield Cause(
                f"{party} was annulled{reason}. Its versions:", session.command("entry", party)
            )


def _of_cuts(
    session: Session, find: Find, given: Mapping[str, Any], cuts: Cuts
) -> Iterator[Cause]:
    """The cut that hides what would be found."""
    for field, option, says in (
        ("as_of", "--as-of", "nothing of it had happened by {}"),
        ("reported_by", "--reported-by", "nothing of it could be read by {}"),
        ("recorded_by", "--recorded-by", "nothing of it was recorded by {}"),
    ):
        if (asked := getattr(cuts, field)) is None:
            continue
        item = _first(session, find, given, _without(cuts, field))
        if item is not None:
            day = _day(item)
            since = (
                f" {item.entry_id} counts from {day} on." if field == "as_of" and day else ""
            )
            told = says.format(_time(asked))
            sentence = f"Without {option} some are found: {told}.{since} Ask:"
            yield Cause(sentence, _command(session, given, _without(cuts, field)))
            return
    if cuts.as_of or cuts.reported_by or cuts.recorded_by is not None:
        bare = replace(cuts, as_of=None, reported_by=None, recorded_by=None)
        if _first(session, find, given, bare) is not None:
            yield Cause(
                "Only together do these cuts hide it. Ask:", _command(session, given, bare)
            )


def _time(asked: Any) -> str:
    """A cut in words."""
    match asked:
        case datetime() if asked.time() == time.max:
            return f"the end of {asked.date()}"
        case datetime():
            return f"{asked:%Y-%m-%d %H:%M:%S %Z}"
        case int():
            return f"position {asked}"
        case _:
            return str(asked)


def _without(cuts: Cuts, field: str) -> Cuts:
    less: dict[str, Any] = {field: None}
    return replace(cuts, **less)


def _of_filters(
    session: Session, find: Find, given: Mapping[str, Any], cuts: Cuts, *, alone: bool
) -> Iterator[Cause]:
    """The filter without which something is found; else, with `alone`, those that find nothing
    by themselves.
    """
    some = False
    for name in given:
        rest = {field: value for field, value in given.items() if field != name}
        if _first(session, find, rest, cuts) is not None:
            some = True
            yield Cause(
                f"Without {_option(name)} some are found; nothing has both. Ask:",
                _command(session, rest, cuts),
            )
    for name, value in given.items() if alone and not some else ():
        if _first(session, find, {name: value}, cuts) is None:
            yield Cause(f"{' '.join(_spelled(name, value))} alone finds nothing either.", "")


def _elsewhere(
    session: Session, find: Find, given: Mapping[str, Any], parties: Iterable[str], cuts: Cuts
) -> Iterator[Cause]:
    """Where parties take part else, of which nothing is found here."""
    here, bare = _name(), replace(cuts, as_of=None, reported_by=None, recorded_by=None)
    for party in parties:
        some = False
        item = _first(session, find, {"parties": (party,)}, cuts) if here in _LISTS else None
        if item is not None and "parties" not in given:
            part = taking_part.told(item.taking_part).splitlines()[0]
            some = True
            yield Cause(
                f"{party} takes part otherwise, as in {item.entry_id}: {part}. Ask:",
                _command(session, {"parties": (party,)}, cuts),
            )
        for seen in (cuts, bare):
            told = [] if some else [*_in_lists(session, party, seen, here)]
            some = some or bool(told)
            yield from told
        if not some and _is_party(session, party):
            who = session.command("party", party)
            yield Cause(f"{party} takes part in nothing here. What is known of it:", who)


def _in_lists(session: Session, party: str, cuts: Cuts, here: str) -> Iterator[Cause]:
    """What other lists have of a party at some cuts."""
    for name, method in _LISTS.items():
        for field in ("parties", "asserted_by") if name != here else ():
            item = _first(session, getattr(session.client, method), {field: (party,)}, cuts)
            if item is not None:
                yield Cause(
                    f"{party} {_SAYS[field].format(name)}, such as {item.entry_id}. Ask:",
                    _command(session, {field: (party,)}, cuts, name),
                )
                break


_LISTS = {"commitments": "commitments", "acts": "acts", "instruments": "instruments"}
_SAYS = {"parties": "takes part in {}", "asserted_by": "says what some {} rest on"}


def _is_party(session: Session, party: str) -> bool:
    try:
        session.client.party(session.ledger, party)
    except LedgerError:
        return False
    return True


def _first(session: Session, find: Find, given: Mapping[str, Any], cuts: Cuts) -> Any:
    """The first item, if there is one. What the service refuses of the rest finds nothing."""
    try:
        found = find(session.ledger, cuts, **given).first(1)
    except LedgerError:
        return None
    return found[0] if found else None


def _day(item: Any) -> str:
    standing = getattr(item, "standing", None)
    return str(standing.day if standing is not None else getattr(item, "day", ""))


def _name() -> str:
    return str(click.get_current_context().info_name)


def _option(field: str) -> str:
    """The option of a field of the filter."""
    command = click.get_current_context().command
    return next(each.opts[0] for each in command.params if each.name == field)


_ELSEWHERE = {"parties": "--party", "asserted_by": "--asserted-by"}


def _spelled(field: str, value: Any) -> list[str]:
    option = _ELSEWHERE.get(field) or _option(field)
    values = [value] if isinstance(value, str) else list(value)
    return [word for each in values for word in (option, str(each))]


def _command(session: Session, given: Mapping[str, Any], cuts: Cuts, name: str = "") -> str:
    """A command that asks so."""
    words = [word for field, value in given.items() for word in _spelled(field, value)]
    return session.command(name or _name(), *words, cuts=cuts)
