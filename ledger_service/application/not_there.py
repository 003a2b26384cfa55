"""Why an entry that a question names is not there to be asked about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ledger_service.domain.picture.picture import Picture
from ledger_service.domain.values.entries import TYPE_NAMES, Instrument, Party, Report, State
from ledger_service.domain.values.missing import Missing, MissingReason
from ledger_service.domain.values.refusals import EntryNotFound

_NOT_IN_LEDGER = "is not in this ledger at these cuts"

#: Nobody recorded an entry of this id.
NOT_RECORDED = Missing(MissingReason.NOT_RECORDED, _NOT_IN_LEDGER)


def not_found(picture: Picture, entry_id: str, wanted: type[State]) -> EntryNotFound:
    """The refusal of a question for an entry of a type, of which none with this id is visible."""
    return EntryNotFound(entry_id, missing(picture, entry_id, wanted).text, TYPE_NAMES[wanted])


def none_of_type(entry_id: str, wanted: type[State]) -> EntryNotFound:
    """The refusal of a question that names an entry of a type that nobody recorded."""
    name = TYPE_NAMES[wanted]
    return EntryNotFound(entry_id, f"is not {_a(name)} of this ledger at these cuts", name)


def refuse(found: Iterable[EntryNotFound]) -> None:
    """Raises one EntryNotFound for all that were found, if any."""
    every = [*found]
    if every:
        raise replace(every[0], others=tuple(every[1:]))


def missing(picture: Picture, entry_id: str, wanted: type[State]) -> Missing:
    """Why no entry of a type with this id is visible."""
    versions = picture.history.versions(entry_id)
    if not versions:
        return NOT_RECORDED
    state = versions[0].state
    if state is not None and not isinstance(state, wanted):
        return Missing(MissingReason.OTHER_TYPE, _other_type(state, wanted))
    if versions[-1].state is None:
        return Missing(MissingReason.ANNULLED, "was annulled")
    known = picture.known(entry_id)
    if known is None:
        told = "is told only by reports that are annulled or were not out yet at these cuts"
        return Missing(MissingReason.NOT_REPORTED, told)
    begins = f"takes effect on {known.since}, after the day that was asked for"
    return Missing(MissingReason.NOT_YET, begins)


def unknown(picture: Picture, entry_ids: Iterable[str]) -> Iterator[EntryNotFound]:
    """Those of some entries that nobody recorded up to the cut. One that is not visible at the
    cuts is known: that nothing is found of it is an answer.
    """
    for entry_id in entry_ids:
        if _first_state(picture, entry_id) is None:
            yield EntryNotFound(entry_id, _NOT_IN_LEDGER)


def of_no_type(
    picture: Picture, entry_ids: Iterable[str], wanted: type[Instrument | Party | Report]
) -> Iterator[EntryNotFound]:
    """Those of some entries that are of another type, or are not there, by id."""
    for entry_id in sorted(entry_ids):
        state = _first_state(picture, entry_id)
        if state is None:
            yield none_of_type(entry_id, wanted)
        elif not isinstance(state, wanted):
            yield EntryNotFound(entry_id, _other_type(state, wanted), TYPE_NAMES[wanted])


def _other_type(state: State, wanted: type[State]) -> str:
    return f"is of type {TYPE_NAMES[type(state)]}, not {_a(TYPE_NAMES[wanted])}"


def _first_state(picture: Picture, entry_id: str) -> State | None:
    versions = picture.history.versions(entry_id)
    return versions[0].state if versions else None


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "aei" else f"a {name}"
